namespace TrustedDataSpace.Protocol.Signatures;

/// <summary>What the signature of a request covers (RFC 9421 §2).</summary>
public ref struct SignedRequest
{
    /// <summary><c>@method</c>.</summary>
    public ReadOnlySpan<char> Method { get; init; }

    /// <summary><c>@authority</c>: host in lower case, with the port unless it is the scheme's own.</summary>
    public ReadOnlySpan<char> Authority { get; init; }

    /// <summary><c>@path</c>, canonical: two parts that follow each other, so that nobody must join them.</summary>
    public ReadOnlySpan<char> PathBase { get; init; }

    /// <summary>The second part of <c>@path</c>.</summary>
    public ReadOnlySpan<char> Path { get; init; }

    /// <summary><c>@query</c> with its question mark; empty when there is none.</summary>
    public ReadOnlySpan<char> Query { get; init; }

    /// <summary>The values of <see cref="SignedFields.Names"/>; null for what the request does not have.</summary>
#pragma warning disable CA1051 // Read by index, many times per request: a property would copy it each time.
    public SignedFields Fields;
#pragma warning restore CA1051
}

/// <summary>The parameters of a signature.</summary>
public ref struct SignatureParameters
{
    /// <summary>When it was made, seconds since 1970.</summary>
    public long Created { get; init; }

    /// <summary>First half of the nonce: the sender's session, chosen at random.</summary>
    public ulong Session { get; init; }

    /// <summary>Second half of the nonce: number of the request in the session.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Name of the key: visible ASCII without quotation marks and back-slashes.</summary>
    public ReadOnlySpan<char> KeyId { get; init; }
}
