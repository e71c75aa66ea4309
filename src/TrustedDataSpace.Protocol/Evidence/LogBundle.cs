using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>
/// A log in a folder, with all that is needed to verify it (docs/log-format.md): <c>format</c>, <c>checkpoint</c>, <c>checkpoints</c>,
/// <c>batches</c>, <c>keys.json</c> and the tiles under <c>tile/</c>.
/// </summary>
/// <param name="folder">Where it is.</param>
public sealed class LogBundle(string folder) : ILogSource
{
    /// <summary>The whole content of <c>format</c>.</summary>
    public const string Format = "tds-log-bundle/1\n";

    /// <summary>The file with the signed head.</summary>
    public const string CheckpointFile = "checkpoint";

    /// <summary>The file with all checkpoints, each a JSON string on its line, the smallest first.</summary>
    public const string CheckpointsFile = "checkpoints";

    /// <summary>The file with all signed batches, each a <see cref="LoggedBatch"/> on its line, in the order of the log.</summary>
    public const string BatchesFile = "batches";

    /// <summary>The file with the <see cref="LogKeys"/>.</summary>
    public const string KeysFile = "keys.json";

    /// <summary>The file that names the format.</summary>
    public const string FormatFile = "format";

    /// <summary>Whether the folder says that it is one.</summary>
    public bool HasFormat => File.Exists(PathOf(FormatFile)) && File.ReadAllText(PathOf(FormatFile)) == Format;

    /// <summary>A file of it.</summary>
    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>A tile; null where there is none.</summary>
    public byte[]? Tile(TilePath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = PathOf(path.ToString());
        return File.Exists(file) ? File.ReadAllBytes(file) : null;
    }

    /// <summary>The signed head.</summary>
    public string Head() => File.ReadAllText(PathOf(CheckpointFile));

    /// <summary>All checkpoints.</summary>
    /// <exception cref="RefusalException">Malformed: a line is no JSON string.</exception>
    public IEnumerable<string> Checkpoints() => File.ReadLines(PathOf(CheckpointsFile)).Select(line => ProtocolJson.Read<string>(Encoding.UTF8.GetBytes(line)));

    /// <summary>All signed batches.</summary>
    /// <exception cref="RefusalException">Malformed: a line is no batch.</exception>
    public IEnumerable<LoggedBatch> Batches() => File.ReadLines(PathOf(BatchesFile)).Select(LoggedBatch.Read);

    /// <summary>The keys, as whoever made the bundle gives them.</summary>
    /// <exception cref="RefusalException">Malformed.</exception>
    public LogKeys Keys() => ProtocolJson.Read<LogKeys>(File.ReadAllBytes(PathOf(KeysFile)));

    /// <summary>One line of <see cref="CheckpointsFile"/>.</summary>
    public static string CheckpointLine(string note) => JsonSerializer.Serialize(note, ProtocolJson.Options);
}

/// <summary>Who may sign what in a log.</summary>
/// <param name="Log">Keys of the checkpoints.</param>
/// <param name="Sources">DID of each member, and all keys that it signs and has signed with.</param>
public sealed record LogKeys(IReadOnlyList<Jwk> Log, IReadOnlyDictionary<string, IReadOnlyList<Jwk>> Sources);
