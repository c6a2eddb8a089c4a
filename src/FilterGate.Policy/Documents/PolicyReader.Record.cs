namespace FilterGate.Policy.Documents;

/// <summary>The key <c>record</c> of a tier.</summary>
internal sealed partial class PolicyReader
{
    private static readonly (string Word, RecordRule Value)[] RecordWords = [("blocks", RecordRule.Blocks), ("everything", RecordRule.Everything)];

    private RecordRule? ReadRecord(DocumentNode? node) => ReadChoice(node, "record", RecordWords);
}
