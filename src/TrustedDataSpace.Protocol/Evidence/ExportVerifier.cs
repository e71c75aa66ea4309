using System.Globalization;
using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// One run over an export: 1 the head, line by line · 2 the entries, each against its own hash · 3 the sums: number and
/// root of the entries against the checkpoint, and the checkpoint against its signature.
/// </summary>
internal sealed class ExportVerifier(Stream input, PublicKey? pinned)
{
    // A file with more faults is not an export with faults; the list must not grow with it.
    private const int MaxFaults = 100;

    private readonly LineReader lines = new(input, EvidenceExport.MaxLineLength);
    private readonly List<EvidenceFault> faults = [];
    private readonly ExportHeader header = new();
    private readonly CompactRange tree = new();
    private bool entriesAreSound = true;

    public EvidenceVerification Run()
    {
        // 1
        if (ReadHeader())
        {
            // 2
            ReadEntries();

            // 3
            CompareSums();
        }

        return new EvidenceVerification(tree.Size, header.Checkpoint, header.Key?.Thumbprint, faults);
    }

    /// <summary>False when a line is missing or torn, so that it is not known where the entries begin.</summary>
    private bool ReadHeader()
    {
        var shape = true;
        for (var number = 1; number < EvidenceExport.FirstEntryLine; number++)
        {
            if (!lines.TryRead(out var line) || !lines.Terminated)
            {
                Add(number, lines.TooLong ? "it is too long" : "the file ends here");
                return false;
            }

            if (header.Read(number, line) is { } fault)
            {
                Add(number, fault);
                shape &= number is not (1 or ExportHeader.BlankLine);
            }
        }

        faults.AddRange(header.NameFaults());
        if (pinned is not null && header.Key is not null && header.Key.Thumbprint != pinned.Thumbprint)
        {
            Add(ExportHeader.KeyLine, $"the key is not the expected one, {pinned.Thumbprint}");
        }

        return shape;
    }

    private void ReadEntries()
    {
        // A torn signature line may have swallowed the first entry.
        long? next = faults.Any(f => f.Line == ExportHeader.SignatureLine) ? null : 0;
        while (faults.Count < MaxFaults && lines.TryRead(out var line))
        {
            var fault = ReadEntry(line, next, out var index) ?? (lines.Terminated ? null : "the line feed at its end is missing");
            if (fault is not null)
            {
                entriesAreSound = false;
                Add(lines.Number, fault);
            }

            // After a torn line the numbers are picked up again, so that one fault is not told many times.
            next = index + 1;
        }

        if (lines.TooLong)
        {
            entriesAreSound = false;
            Add(lines.Number, $"it is longer than {EvidenceExport.MaxLineLength} bytes");
        }
    }

    private string? ReadEntry(ReadOnlySpan<byte> line, long? expected, out long? index)
    {
        index = null;
        var first = line.IndexOf((byte)' ');
        var second = first < 0 ? -1 : first + 1 + line[(first + 1)..].IndexOf((byte)' ');
        if (first < 0 || second <= first)
        {
            return "it is not index, leaf hash and entry";
        }

        var hash = MerkleTree.LeafHash(line[(second + 1)..]);
        tree.Append(hash);
        if (!line[(first + 1)..second].SequenceEqual(Encoding.ASCII.GetBytes(Convert.ToBase64String(hash))))
        {
            return "the entry does not have this leaf hash";
        }

        if (!Checkpoint.TryParseSize(Encoding.ASCII.GetString(line[..first]), out var number))
        {
            return "the index is not a number";
        }

        index = number;
        return expected is not null && number != expected
            ? string.Create(CultureInfo.InvariantCulture, $"the index is {number} where {expected} should be")
            : CanonicalFault(line[(second + 1)..]);
    }

    private static string? CanonicalFault(ReadOnlySpan<byte> json)
    {
        try
        {
            return ProtocolJson.Read<EvidenceEntry>(json).CanonicalBytes().Span.SequenceEqual(json) ? null : "the entry is not in canonical JSON";
        }
        catch (RefusalException e)
        {
            return e.Message;
        }
    }

    private void CompareSums()
    {
        if (header.Checkpoint is not { } checkpoint)
        {
            return;
        }

        var signed = header.SignatureVerifies;
        var sameRoot = checkpoint.Root == Convert.ToBase64String(tree.Root());
        if (entriesAreSound && tree.Size != checkpoint.Size)
        {
            CountFault(checkpoint, trusted: signed == true && !sameRoot);
        }
        else if (entriesAreSound && !sameRoot)
        {
            Add(ExportHeader.RootLine, signed == true
                ? "this root is signed, but the entries have another: entries were replaced together with their hashes"
                : "the entries have another root");
        }

        // A line of the checkpoint that is known to be wrong explains why its signature fails.
        var explained = faults.Any(f => f.Line is > ExportHeader.KeyLine and <= ExportHeader.RootLine);
        if (signed == false && !explained)
        {
            Add(ExportHeader.SignatureLine, "the signature does not verify");
        }
    }

    private void CountFault(Checkpoint checkpoint, bool trusted)
    {
        var place = trusted ? EvidenceExport.FirstEntryLine + Math.Min(tree.Size, checkpoint.Size) : ExportHeader.SizeLine;
        Add(place, string.Create(CultureInfo.InvariantCulture, $"the checkpoint counts {checkpoint.Size} entries, the file has {tree.Size}"));
    }

    private void Add(long line, string message) => faults.Add(new EvidenceFault(line, message));
}
