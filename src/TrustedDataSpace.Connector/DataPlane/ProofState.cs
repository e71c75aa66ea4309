using System.Globalization;
using System.Runtime.InteropServices;
using TrustedDataSpace.Protocol.Signatures;

namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What the gate remembers of one flow between requests: the tokens that it has verified, the key that signs requests, and the nonces that were used.</summary>
internal sealed class ProofState
{
    private readonly ReplayWindow window = new(ProofOfPossession.ToleranceSeconds);
    private RequestKey? keyed;
    private UsedProofs? proofs;

    // Two: while a token is renewed, requests under way still show the one before.
    private VerifiedToken? latest;
    private VerifiedToken? former;

    /// <summary>The DPoP proofs that were used.</summary>
    public UsedProofs Proofs => LazyInitializer.EnsureInitialized(ref proofs);

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

    /// <summary>What signs requests under the flow's present key at this process.</summary>
    public RequestKey KeyOf(FlowKeys keys, string flow, long number)
    {
        var known = Volatile.Read(ref keyed);
        if (known?.Number != number)
        {
            known = new RequestKey(number, string.Create(CultureInfo.InvariantCulture, $"{number}.{keys.Replica}"), FlowKeys.RequestKey(keys.KeyOf(flow, number), keys.Replica));
            Volatile.Write(ref keyed, known);
        }

        return known;
    }

    /// <summary>Notes the nonce of a request. Nonces under an earlier key of the flow need no room: their signatures fit no more.</summary>
    public NonceVerdict Take(ulong session, ulong sequence, long created, long now) => window.Take(session, sequence, created, now);

    // The platform's own comparison goes byte by byte: 7 µs for a token.
    private static bool Equal(VerifiedToken known, ReadOnlySpan<char> token)
    {
        if (known.Token.Length != token.Length)
        {
            return false;
        }

        var one = MemoryMarshal.Cast<char, ulong>(known.Token.AsSpan());
        var other = MemoryMarshal.Cast<char, ulong>(token);
        var difference = 0UL;
        for (var i = 0; i < one.Length; i++)
        {
            difference |= one[i] ^ other[i];
        }

        for (var i = one.Length * 4; i < token.Length; i++)
        {
            difference |= (uint)(known.Token[i] ^ token[i]);
        }

        return difference == 0;
    }
}

/// <summary>What signs requests of a flow to one process of its provider.</summary>
/// <param name="Number">Number of the flow's key.</param>
/// <param name="Id">Its name in signatures: the number, a point, the process.</param>
/// <param name="Key">The key.</param>
internal sealed record RequestKey(long Number, string Id, SignatureKey Key)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => Id;
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
