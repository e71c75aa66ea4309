using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>The seven lines before the entries of an export, each read as far as it can be.</summary>
internal sealed class ExportHeader
{
    public const int KeyLine = 2;
    public const int OriginLine = 3;
    public const int SizeLine = 4;
    public const int RootLine = 5;
    public const int BlankLine = 6;
    public const int SignatureLine = 7;

    private string? keyName;
    private string? origin;
    private string? signatureName;
    private string? size;
    private string? root;
    private byte[] signature = [];

    public PublicKey? Key { get; private set; }

    /// <summary>Null when one of its lines cannot be read.</summary>
    public Checkpoint? Checkpoint =>
        origin is not null && size is not null && root is not null && Checkpoint.TryParseSize(size, out var number)
            ? new Checkpoint(origin, number, root)
            : null;

    /// <summary>Null when there is no key or no checkpoint to verify with.</summary>
    public bool? SignatureVerifies => Key is not null && Checkpoint is not null && signature.Length > 0
        ? SignedCheckpoint.Verifies(Checkpoint.ToText(), signature, Key)
        : null;

    /// <summary>Reads one line; the fault, if it has one.</summary>
    public string? Read(long number, ReadOnlySpan<byte> line)
    {
        if (!TryDecode(line, out var text))
        {
            return "not UTF-8";
        }

        return number switch
        {
            1 => text == EvidenceExport.Format ? null : $"it must be {EvidenceExport.Format}",
            KeyLine => ReadKey(line),
            OriginLine => (origin = text) is { Length: > 0 } ? null : "the origin is missing",
            SizeLine => Checkpoint.TryParseSize(text, out _) ? Set(ref size, text) : "it is not the number of entries",
            RootLine => Checkpoint.IsRoot(text) ? Set(ref root, text) : "it is not a root hash in base64",
            BlankLine => text.Length == 0 ? null : "it must be blank",
            _ => ReadSignature(text),
        };
    }

    /// <summary>The same name stands in three lines: one that differs from the other two was changed.</summary>
    public IEnumerable<EvidenceFault> NameFaults()
    {
        if (keyName is null || origin is null)
        {
            yield break;
        }

        // A line feed inside the origin tears it, and moves the signature out of its line.
        if (signatureName is null)
        {
            if (origin != keyName)
            {
                yield return new EvidenceFault(OriginLine, "the origin is not the name of the key");
            }

            yield break;
        }

        if (keyName != origin && keyName != signatureName)
        {
            yield return new EvidenceFault(KeyLine, "the name of the key is not that of checkpoint and signature");
        }

        if (origin != keyName && origin != signatureName)
        {
            yield return new EvidenceFault(OriginLine, "the origin is not the name of key and signature");
        }

        if (signatureName != keyName && signatureName != origin)
        {
            yield return new EvidenceFault(SignatureLine, "the name of the signature is not that of key and checkpoint");
        }
    }

    private string? ReadKey(ReadOnlySpan<byte> line)
    {
        try
        {
            var key = ProtocolJson.Read<ExportKey>(line);
            if (!CanonicalJson.Bytes(key).AsSpan().SequenceEqual(line) || !StrictBase64.TryDecode(key.Spki, out var spki))
            {
                return "the key is not in canonical JSON with kid, name and spki";
            }

            keyName = key.Name;
            var read = PublicKey.FromSpki(spki);
            if (read.Thumbprint != key.Kid)
            {
                return "kid is not the thumbprint of the key";
            }

            Key = read;
            return null;
        }
        catch (RefusalException e)
        {
            return e.Message;
        }
    }

    private string? ReadSignature(string text)
    {
        if (!SignedCheckpoint.TryReadSignature(text, out var name, out signature))
        {
            return "it is not a signature line";
        }

        signatureName = name;
        return null;
    }

    private static string? Set(ref string? field, string value)
    {
        field = value;
        return null;
    }

    private static bool TryDecode(ReadOnlySpan<byte> line, out string text)
    {
        text = Encoding.UTF8.GetString(line);
        return Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(line);
    }
}
