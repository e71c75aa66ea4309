using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace TrustedDataSpace.Protocol.Signatures;

/// <summary>
/// The header fields that the signature of a data request covers whenever the request has them: what policy, price or the integrity of
/// the body depends on. In the order in which they are covered; a request may have each of them once.
/// </summary>
[InlineArray(Count)]
[SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "Never compared.")]
public struct SignedFields
{
    /// <summary>How many there are.</summary>
    public const int Count = 7;

    /// <summary>Their names, in the order of their values here.</summary>
    public static ImmutableArray<string> Names { get; } =
        ["content-digest", "tds-purpose", "tds-request", "idempotency-key", "range", "if-range", "tds-application"];

    private string? first;
}
