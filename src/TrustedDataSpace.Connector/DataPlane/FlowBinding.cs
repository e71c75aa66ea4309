namespace TrustedDataSpace.Connector.DataPlane;

/// <summary>What a flow's access tokens are bound to: without it a token opens nothing, so a stolen one is worthless.</summary>
/// <param name="Kind">How possession is proven.</param>
/// <param name="Number">Which of the flow's keys is in force; a token that names an earlier one is refused.</param>
/// <param name="Thumbprint">Of the consumer's own key (RFC 7638), for <see cref="FlowBindingKind.Dpop"/>.</param>
internal sealed record FlowBinding(FlowBindingKind Kind, long Number, string? Thumbprint = null)
{
    private const string DpopPrefix = "dpop:";

    /// <summary>As the column <c>flows.binding</c> keeps it.</summary>
    public static FlowBinding Of(long number, string? column) => column switch
    {
        "key" => new FlowBinding(FlowBindingKind.Key, number),
        "bearer" => new FlowBinding(FlowBindingKind.Bearer, number),
        not null when column.StartsWith(DpopPrefix, StringComparison.Ordinal) => new FlowBinding(FlowBindingKind.Dpop, number, column[DpopPrefix.Length..]),
        _ => new FlowBinding(FlowBindingKind.None, number),
    };

    /// <summary>For the column.</summary>
    public string? ToColumn() => Kind switch
    {
        FlowBindingKind.Key => "key",
        FlowBindingKind.Bearer => "bearer",
        FlowBindingKind.Dpop => DpopPrefix + Thumbprint,
        _ => null,
    };
}

/// <summary>How possession is proven.</summary>
internal enum FlowBindingKind
{
    /// <summary>Not settled yet: nothing passes.</summary>
    None,

    /// <summary>Each request is signed with the key of the flow (RFC 9421).</summary>
    Key,

    /// <summary>Each request has a proof by the consumer's own key (RFC 9449).</summary>
    Dpop,

    /// <summary>Not at all, because the product allows it.</summary>
    Bearer,
}
