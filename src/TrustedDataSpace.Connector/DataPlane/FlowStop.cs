namespace TrustedDataSpace.Connector.DataPlane;

#pragma warning disable CA1001 // A source without a wait handle holds nothing to dispose of, and a request may still be linking to it.
/// <summary>The end of a flow, for what is under way in it. Safe for concurrent use.</summary>
internal sealed class FlowStop
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource source = new();
    private volatile bool isByPeer;
    private volatile bool hasStopped;

    /// <summary>Cancelled when the flow ends: cuts what is under way.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Whether it has ended, also while what is under way may go on.</summary>
    public bool HasStopped => hasStopped;

    /// <summary>Whether the other party has ended it.</summary>
    public bool IsByPeer => isByPeer;

    /// <summary>Whether this side has ended it.</summary>
    public bool IsByUs => source.IsCancellationRequested && !isByPeer;

    /// <summary>The flow ends.</summary>
    /// <param name="byPeer">Whether the other party has ended it.</param>
    /// <param name="after">How long what is under way may go on; null: no longer.</param>
    public void Stop(bool byPeer, TimeSpan? after = null)
    {
        (isByPeer, hasStopped) = (byPeer, true);
        if (after is { } patience)
        {
            source.CancelAfter(patience);
        }
        else
        {
            // Asynchronously: what is cut does its own accounting, and this runs on the database's writer.
            _ = source.CancelAsync();
        }
    }
}
