namespace TrustedDataSpace.Protocol.Authority;

/// <summary>How a log goes on that was restored from a backup.</summary>
/// <param name="Checkpoint">The last checkpoint that was published, signed, as a member has it (<c>GET /api/v1/evidence</c> of its connector).</param>
/// <param name="Reason">What has happened; stands in the log that follows.</param>
public sealed record LogContinuation(string Checkpoint, string? Reason = null);

/// <summary>Whether the log waits after a restore.</summary>
/// <param name="Origin">Name of the log.</param>
/// <param name="Held">Whether it was restored, and nothing is added until it is what was published last, or the operator has said how it goes on.</param>
/// <param name="Size">Its entries.</param>
/// <param name="Root">Its root, base64.</param>
public sealed record LogHoldStatus(string Origin, bool Held, long Size, string Root)
{
    /// <summary>The newest checkpoint that members have shown, signed; null: none is newer than the log.</summary>
    public string? Published { get; init; }

    /// <summary>Entries behind <see cref="Size"/> that members have handed back.</summary>
    public long Collected { get; init; }

    /// <summary>Entries up to the newest checkpoint that nobody has handed back.</summary>
    public long Missing { get; init; }

    /// <summary>DIDs of active members that have not handed back all that they have, at most 100.</summary>
    public IReadOnlyList<string> WaitingFor { get; init; } = [];
}
