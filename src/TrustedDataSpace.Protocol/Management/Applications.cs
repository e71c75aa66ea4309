namespace TrustedDataSpace.Protocol.Management;

/// <summary>Lets a local application use data through the consumer side of the connector.</summary>
public sealed record ApplicationGrant
{
    /// <summary>Name that people read.</summary>
    public required string Name { get; init; }

    /// <summary>Agreements it may use; at least one.</summary>
    public required IReadOnlyList<string> Agreements { get; init; }

    /// <summary>Purposes it may declare, such as <c>inference</c>; at least one.</summary>
    public required IReadOnlyList<string> Purposes { get; init; }

    /// <summary>The responsible person (经办人); goes into the evidence as a salted commitment, never in clear.</summary>
    public required string Person { get; init; }
}

/// <summary>A grant just made: the only time that its secret is shown.</summary>
public sealed record ApplicationCredential
{
    /// <summary>Id of the grant.</summary>
    public required string Id { get; init; }

    /// <summary>Bearer secret for <c>/consume</c>.</summary>
    public required string Secret { get; init; }
}

/// <summary>A grant.</summary>
public sealed record ApplicationView
{
    /// <summary>Id.</summary>
    public required string Id { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Agreements.</summary>
    public required IReadOnlyList<string> Agreements { get; init; }

    /// <summary>Purposes.</summary>
    public required IReadOnlyList<string> Purposes { get; init; }

    /// <summary>The responsible person.</summary>
    public required string Person { get; init; }
}
