using System.Collections.Immutable;

namespace FilterGate.Policy.Documents;

/// <summary>The key <c>record</c> of a tier, and <c>never_record</c> of the policy.</summary>
internal sealed partial class PolicyReader
{
    private static readonly (string Word, RecordRule Value)[] RecordWords = [("blocks", RecordRule.Blocks), ("acts", RecordRule.Acts), ("everything", RecordRule.Everything)];

    private ImmutableArray<OwnEntry> ReadNeverRecord(DocumentNode? node) => ReadOwn(node, OwnLists.NeverRecord, hostsOnly: true);

    private RecordRule? ReadRecord(DocumentNode? node) => ReadChoice(node, "record", RecordWords);
}
