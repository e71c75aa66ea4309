using System.Text.Json;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>One thing that happened, as a leaf of the transparency log.</summary>
public sealed record EvidenceEntry
{
    /// <summary>Most bytes of one entry in its canonical form: a bundle of entries gives each length in two bytes (C2SP tlog-tiles).</summary>
    public const int MaxBytes = ushort.MaxValue;

    private CanonicalForm canonical;

    /// <summary>An entry whose properties are still to be given.</summary>
    public EvidenceEntry()
    {
    }

    // What `with` makes is another entry: it has a canonical form of its own.
    private EvidenceEntry(EvidenceEntry original) =>
        (Id, Time, Source, Kind, Agreement, Process, Policy, Data) =
        (original.Id, original.Time, original.Source, original.Kind, original.Agreement, original.Process, original.Policy, original.Data);

    /// <summary>The identifier its source gave it: the same entry sent twice is one entry.</summary>
    public required string Id { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The DID of who says so.</summary>
    public required string Source { get; init; }

    /// <summary>What happened, one of <see cref="EvidenceKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The agreement it belongs to.</summary>
    public string? Agreement { get; init; }

    /// <summary>The negotiation or transfer it belongs to.</summary>
    public string? Process { get; init; }

    /// <summary>Revision of the policy bundle that decided at the source when it happened; null where none decides.</summary>
    public string? Policy { get; init; }

    /// <summary>The particulars: hashes and counts, never payload.</summary>
    public required JsonElement Data { get; init; }

    /// <summary>The canonical form (RFC 8785), which the log hashes.</summary>
    /// <exception cref="Errors.RefusalException">Malformed: it has none.</exception>
    public ReadOnlyMemory<byte> CanonicalBytes() => canonical.Bytes ??= CanonicalJson.Write(this, Write, written => written.ToArray());

    /// <summary>The hash of the leaf (RFC 6962 §2.1).</summary>
    public byte[] LeafHash() => MerkleTree.LeafHash(CanonicalBytes().Span);

    // In the order of RFC 8785 §3.2.3; what is null is left out.
    private static void Write(CanonicalWriter writer, EvidenceEntry entry)
    {
        var first = true;
        writer.Raw("{"u8);
        Text("\"agreement\":"u8, entry.Agreement);
        Name("\"data\":"u8);
        writer.Value(entry.Data);
        Text("\"id\":"u8, entry.Id);
        Text("\"kind\":"u8, entry.Kind);
        Text("\"policy\":"u8, entry.Policy);
        Text("\"process\":"u8, entry.Process);
        Text("\"source\":"u8, entry.Source);
        Text("\"time\":"u8, UtcTimeConverter.Write(entry.Time));
        writer.Raw("}"u8);

        void Name(ReadOnlySpan<byte> name)
        {
            if (!first)
            {
                writer.Raw(","u8);
            }

            first = false;
            writer.Raw(name);
        }

        void Text(ReadOnlySpan<byte> name, string? value)
        {
            if (value is not null)
            {
                Name(name);
                writer.Text(value);
            }
        }
    }

    /// <summary>Kept once it was asked for: an entry is measured, signed and proven by it. No part of what the entry says, so all are equal.</summary>
    private struct CanonicalForm : IEquatable<CanonicalForm>
    {
        public byte[]? Bytes { get; set; }

        public readonly bool Equals(CanonicalForm other) => true;

        public override readonly bool Equals(object? obj) => obj is CanonicalForm;

        public override readonly int GetHashCode() => 0;
    }
}
