using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What the gate remembers of one flow between requests: the tokens that it has verified, the key that signs requests, and the nonces that were used.</summary>
internal sealed class ProofState
{
    private readonly ReplayWindow window = new(ProofOfPossession.ToleranceSeconds);
    private Keyed? keyed;

    // Two: while a token is renewed, requests under way still show the one before.
    private VerifiedToken? latest;
    private VerifiedToken? former;

    /// <summary>The token as it was verified before; null when it must be verified (again). Compared in constant time, so that an answer's delay tells nothing of it.</summary>
    public VerifiedToken? Find(ReadOnlySpan<char> token)
    {
        if (Volatile.Read(ref latest) is { } known && Equal(known, token))
        {
            return known;
        }

        return Volatile.Read(ref former) is { } before && Equal(before, token) ? before : null;
    }

    /// <summary>Remembers a token.</summary>
    public void Keep(VerifiedToken token)
    {
        Volatile.Write(ref former, Volatile.Read(ref latest));
        Volatile.Write(ref latest, token);
    }

    /// <summary>The key of requests under the flow's present key.</summary>
    public ReadOnlySpan<byte> RequestKey(FlowKeys keys, string flow, long number)
    {
        var known = Volatile.Read(ref keyed);
        if (known?.Number != number)
        {
            known = new Keyed(number, FlowKeys.RequestKey(keys.KeyOf(flow, number), keys.Replica));
            Volatile.Write(ref keyed, known);
        }

        return known.Key;
    }

    /// <summary>Notes the nonce of a request. Nonces under an earlier key of the flow need no room: their signatures fit no more.</summary>
    public NonceVerdict Take(ulong session, ulong sequence, long created, long now) => window.Take(session, sequence, created, now);

    private static bool Equal(VerifiedToken known, ReadOnlySpan<char> token) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(known.Token.AsSpan()), MemoryMarshal.AsBytes(token));

    private sealed record Keyed(long Number, byte[] Key);
}

/// <summary>An access token that was verified.</summary>
/// <param name="Token">The token.</param>
/// <param name="Consumer">Whom it was issued to.</param>
/// <param name="Binding">What it is bound to.</param>
/// <param name="Kid">The key that signed it.</param>
/// <param name="Until">When it ends.</param>
internal sealed record VerifiedToken(string Token, string Consumer, FlowBinding Binding, string Kid, DateTimeOffset Until)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"token of {Consumer}";
}
