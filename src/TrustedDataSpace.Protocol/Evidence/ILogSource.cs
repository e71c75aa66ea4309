using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Protocol.Evidence;

/// <summary>Where a log is read from to be verified: a folder, or the authority itself. Tiles are asked for from several threads.</summary>
public interface ILogSource
{
    /// <summary>A tile; null where there is none.</summary>
    byte[]? Tile(TilePath path);

    /// <summary>The signed head, the same each time.</summary>
    string Head();

    /// <summary>All checkpoints up to the head, the smallest first.</summary>
    /// <exception cref="RefusalException">They cannot be read.</exception>
    IEnumerable<string> Checkpoints();

    /// <summary>All signed batches up to the head, in the order of the log.</summary>
    /// <exception cref="RefusalException">They cannot be read.</exception>
    IEnumerable<LoggedBatch> Batches();

    /// <summary>The keys, as the source gives them.</summary>
    /// <exception cref="RefusalException">They cannot be read.</exception>
    LogKeys Keys();
}
