using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FilterGate.Matching.Compiled;

namespace FilterGate.Matching;

public sealed unsafe partial class ListMatcher
{
    /// <summary>Collects entries and compiles a matcher. <see cref="AddSource"/> and the compiling methods are for one thread; entries may be added by several, each through a <see cref="Part"/> of its own.</summary>
    public sealed class Builder
    {
        private readonly ulong _seed;
        private readonly List<ListSource> _sources = [];
        private readonly Dictionary<ListSource, int> _sourceIndices = [];
        private readonly List<Part> _parts = [];
        private readonly DraftTexts _texts = new();
        private readonly DraftTexts _exceptionTexts = new();
        private readonly Part _own;

        /// <summary>A builder without entries.</summary>
        public Builder()
            : this(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))))
        {
        }

        /// <summary>A builder whose hash is known, for tests.</summary>
        internal Builder(ulong seed)
        {
            _seed = seed;
            _own = NewPart();
        }

        /// <summary>Begins a list, or goes on with one that is there; entries name it by the number returned.</summary>
        /// <exception cref="InvalidOperationException">More than 8,192 lists.</exception>
        public int AddSource(in ListSource source)
        {
            if (_sourceIndices.TryGetValue(source, out var index)) return index;
            // The number shares 16 bits with the scope in the provenance.
            if (_sources.Count == 8192) throw new InvalidOperationException("A matcher holds at most 8,192 lists.");
            _sources.Add(source);
            return _sourceIndices[source] = _sources.Count - 1;
        }

        /// <summary>A collector for one more thread.</summary>
        public Part NewPart()
        {
            var part = new Part(_seed, _texts, _exceptionTexts);
            _parts.Add(part);
            return part;
        }

        /// <summary>Adds one entry of a host, a host and path, or a range of addresses.</summary>
        /// <param name="list">Name of the list.</param>
        /// <param name="category">Its category.</param>
        /// <param name="entry">The entry as written; blanks around it do not count.</param>
        /// <param name="line">Its line, from 1.</param>
        /// <param name="error">Why the entry cannot be used, in plain words.</param>
        /// <returns>False when the entry is malformed; the matcher is as before.</returns>
        /// <exception cref="InvalidOperationException">More lists or text than a matcher holds.</exception>
        public bool TryAdd(string list, Category category, string entry, int line, [NotNullWhen(false)] out string? error) =>
            _own.TryAdd(AddSource(new(list, category, "")), new(EntryKind.Place, entry, line), out error);

        /// <summary>Adds one entry of a list begun with <see cref="AddSource"/>.</summary>
        public bool TryAdd(int source, in ListEntry entry, [NotNullWhen(false)] out string? error) => _own.TryAdd(source, entry, out error);

        /// <summary>Compiles a matcher in memory. The builder may go on collecting.</summary>
        /// <exception cref="InvalidOperationException">The entries take more than a matcher holds.</exception>
        public ListMatcher Build()
        {
            var (list, provenance) = Compile();
            ImmutableArray<ListSource> sources = [.. _sources];
            return new(new PinnedBytes(MemoryMarshal.CreateFromPinnedArray(list, 0, list.Length)), provenance, _ => sources);
        }

        /// <summary>Compiles a list and its provenance, to be written to files and opened by <see cref="Open"/>. The same entries give different bytes each time, because the seed of the hash differs.</summary>
        /// <remarks>About a third of a second a million entries on two cores, and 100 bytes of memory an entry while it runs.</remarks>
        /// <exception cref="InvalidOperationException">The entries take more than a matcher holds.</exception>
        public (byte[] List, byte[] Provenance) Compile()
        {
            (byte[], byte[])? exceptions = _parts.Exists(p => p.Exceptions.EntryCount + p.Exceptions.Networks.Count + p.Exceptions.Patterns.Count > 0)
                ? ListWriter.Write(_seed, [.. _parts.Select(p => p.Exceptions)], _sources, exceptions: null)
                : null;
            return ListWriter.Write(_seed, [.. _parts.Select(p => p.Entries)], _sources, exceptions);
        }

        /// <summary>Collects entries for one thread.</summary>
        public sealed class Part
        {
            internal Part(ulong seed, DraftTexts texts, DraftTexts exceptionTexts) =>
                (Entries, Exceptions) = (new(seed, texts), new(seed, exceptionTexts));

            internal ListDraft Entries { get; }

            internal ListDraft Exceptions { get; }

            /// <summary>Adds one entry.</summary>
            /// <param name="source">Number of its list.</param>
            /// <param name="entry">The entry.</param>
            /// <param name="error">Why the entry cannot be used, in plain words.</param>
            /// <returns>False when the entry is malformed; nothing is added.</returns>
            public bool TryAdd(int source, in ListEntry entry, [NotNullWhen(false)] out string? error)
            {
                var draft = entry.IsException ? Exceptions : Entries;
                switch (entry.Kind)
                {
                    case EntryKind.Place:
                        return TryAddPlace(draft, source, entry, out error);
                    case EntryKind.Network:
                        return TryAddNetwork(draft, source, entry, out error);
                    default:
                        if (PatternSet.WhyNot(entry.Text) is { } why)
                        {
                            error = why;
                            return false;
                        }
                        draft.Patterns.Add(new(entry.Kind, entry.Text, (ushort)source, entry.Line, entry.Written));
                        error = null;
                        return true;
                }
            }

            /// <summary>Adds a plain host, the quick way.</summary>
            /// <param name="source">Number of its list.</param>
            /// <param name="host">Canonical: lower-case letters, digits, hyphens, underscores and single dots, at most 253 bytes; no address.</param>
            /// <param name="line">Its line, from 1.</param>
            public void AddHost(int source, ReadOnlySpan<byte> host, int line) =>
                Entries.Add(host, path: default, isAddress: false, RuleScope.HostAndBelow, (ushort)source, line, written: default);

            /// <summary>Adds a host and a path, the quick way.</summary>
            /// <param name="source">Number of its list.</param>
            /// <param name="page">A host as <see cref="AddHost"/> takes it, without <c>www.</c>, and a path as it is kept: in canonical form and lower case, within the limits of an entry, no slash at its end.</param>
            /// <param name="hostLength">Where its path begins.</param>
            /// <param name="line">Its line, from 1.</param>
            public void AddPage(int source, ReadOnlySpan<byte> page, int hostLength, int line) =>
                Entries.Add(page[..hostLength], page[hostLength..], isAddress: false, RuleScope.HostAndBelow, (ushort)source, line, written: default);

            private static bool TryAddPlace(ListDraft draft, int source, in ListEntry entry, [NotNullWhen(false)] out string? error)
            {
                if (!ListRule.TryParse(entry.Text, out var rule, out error)) return false;
                var written = (entry.Written ?? entry.Text).AsSpan().Trim();
                var isAsRead = written.Length == Prefix(rule.Scope).Length + rule.Host.Length + (rule.Path?.Length ?? 0)
                    && written.StartsWith(Prefix(rule.Scope)) && written[Prefix(rule.Scope).Length..].StartsWith(rule.Host) && written.EndsWith(rule.Path);
                draft.Add(rule, CanonicalUrl.IsCanonicalIpLiteral(rule.Host), (ushort)source, entry.Line, isAsRead ? null : written.ToString());
                return true;
            }

            private static bool TryAddNetwork(ListDraft draft, int source, in ListEntry entry, [NotNullWhen(false)] out string? error)
            {
                if (!IPNetwork.TryParse(entry.Text, out var network))
                {
                    error = ListEntry.NoNetwork;
                    return false;
                }
                error = null;
                var written = entry.Written ?? entry.Text;
                draft.Networks.Add(new(network, (ushort)source, entry.Line, written == network.ToString() ? null : written));
                return true;
            }
        }
    }
}
