namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>
/// How long each step of a delivery may take. A delivery may last for days, as long as its steps go on; one that does not ends the
/// delivery, and is named.
/// </summary>
internal sealed class Patience(params CancellationToken[] ends) : IDisposable
{
    private readonly CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(ends);
    private string waitingFor = "";

    /// <summary>Cancelled when a step takes too long, or when one of the given tokens is.</summary>
    public CancellationToken Token => over.Token;

    /// <summary>Whether somebody has ended the delivery, rather than its having taken too long.</summary>
    public bool IsEnded => ends.Any(end => end.IsCancellationRequested);

    /// <summary>Who kept silent for too long; null when nobody did.</summary>
    public string? Silent => over.IsCancellationRequested && !IsEnded ? waitingFor : null;

    /// <summary>The next step begins.</summary>
    public void Expect(string who, TimeSpan longest)
    {
        waitingFor = who;
        over.CancelAfter(longest);
    }

    /// <summary>The delivery breaks off with that, too. Whoever cuts it knows why: it is no end of the flow.</summary>
    /// <returns>To be disposed of before what the token belongs to.</returns>
    public CancellationTokenRegistration BreakOffWith(CancellationToken cut) => cut.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), over);

    public void Dispose() => over.Dispose();
}
