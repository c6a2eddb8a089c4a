namespace FilterGate.Policy.Documents;

/// <summary>The key <c>retention</c>: how long what happened is kept.</summary>
internal sealed partial class PolicyReader
{
    private static readonly string[] RetentionKeys = ["allowed", "attention", "audit"];

    private Retention ReadRetention(DocumentNode? node)
    {
        var kept = Retention.Default;
        if (node is null || node.IsNull) return kept;
        if (node is not DocumentMap map)
        {
            Wrong(node, $"retention is a mapping, not {node.Kind}; write retention: {{ allowed: 60d, attention: 366d, audit: 731d }}");
            return kept;
        }
        var keys = Known(map, RetentionKeys, [], "retention");
        kept = new Retention
        {
            Allowed = ReadKept(keys.GetValueOrDefault("allowed"), Retention.AllowedMin, "60d") ?? kept.Allowed,
            Attention = ReadKept(keys.GetValueOrDefault("attention"), Retention.AttentionMin, "366d") ?? kept.Attention,
            Audit = ReadKept(keys.GetValueOrDefault("audit"), Retention.AuditMin, "731d") ?? kept.Audit,
        };
        if (kept.Audit < kept.Attention) Warn(keys.GetValueOrDefault("audit") ?? map, "the audit is kept for less time than what it is about");
        return kept;
    }

    private TimeSpan? ReadKept(DocumentNode? node, TimeSpan least, string example)
    {
        if (ReadLength(node, Retention.Max, $"{example}, at most ten years (3650d)") is not { } length) return null;
        if (length >= least) return length;
        Wrong(node!, $"this is kept for at least {least.TotalDays:0} day{(least.TotalDays > 1 ? "s" : "")}; write a length of time such as {example}");
        return null;
    }
}
