using System.Text;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// A witness's signature under a checkpoint: it has seen the log grow to here, and nowhere else. One more line of the note, of the same type as
/// the log's own, by the witness's key, under its DID as name.
/// </summary>
/// <param name="Size">The size in the checkpoint.</param>
/// <param name="Root">The root in it, base64.</param>
/// <param name="Line">The signature line, without its line feed.</param>
public sealed record Cosignature(long Size, string Root, string Line)
{
    /// <summary>Most characters of a line.</summary>
    public const int MaxLength = 1024;

    /// <summary>Signs a checkpoint as a witness.</summary>
    /// <exception cref="RefusalException">Malformed: the name cannot stand in a note.</exception>
    public static Cosignature Create(Checkpoint checkpoint, SigningKey key, string witness)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var note = SignedCheckpoint.Sign(checkpoint, key, witness).Text;
        return new Cosignature(checkpoint.Size, checkpoint.Root, note[(note.LastIndexOf("\n\n", StringComparison.Ordinal) + 2)..].TrimEnd('\n'));
    }

    /// <summary>Whether the witness of that name has signed that checkpoint with one of the keys.</summary>
    public bool Verifies(Checkpoint checkpoint, string witness, IReadOnlyCollection<PublicKey> keys)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(keys);
        return Line.Length <= MaxLength
            && (Size, Root) == (checkpoint.Size, checkpoint.Root)
            && SignedCheckpoint.TryReadSignature(Line, out var name, out var signature)
            && name == witness
            && keys.Any(key => SignedCheckpoint.Verifies(checkpoint.ToText(), signature, key));
    }

    /// <summary>The note with the lines of witnesses under the log's own.</summary>
    public static string Join(string note, IEnumerable<string> lines) => lines.Aggregate(new StringBuilder(note), (text, line) => text.Append(line).Append('\n')).ToString();

    /// <summary>The witnesses that have signed a note, each once.</summary>
    /// <param name="note">The note.</param>
    /// <param name="witnesses">Name of each that counts, and its keys.</param>
    public static IReadOnlyList<string> WitnessesOf(string note, IReadOnlyDictionary<string, IReadOnlyList<PublicKey>> witnesses)
    {
        ArgumentNullException.ThrowIfNull(witnesses);
        var read = SignedNote.Read(note);
        var lines = note[(note.LastIndexOf("\n\n", StringComparison.Ordinal) + 2)..].Split('\n').Select(line => new Cosignature(read.Checkpoint.Size, read.Checkpoint.Root, line)).ToList();
        return [.. witnesses.Where(witness => lines.Exists(line => line.Verifies(read.Checkpoint, witness.Key, witness.Value))).Select(witness => witness.Key).Order(StringComparer.Ordinal)];
    }
}
