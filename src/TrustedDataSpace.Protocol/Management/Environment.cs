namespace TrustedDataSpace.Protocol.Management;

/// <summary>Sets a signal of the environment, such as the state of the grid.</summary>
public sealed record SignalState
{
    /// <summary>What is true now: 1 to 200 characters, compared as a whole.</summary>
    public required string Value { get; init; }
}

/// <summary>A signal that is set.</summary>
public sealed record SignalView
{
    /// <summary>The name that offers ask about as <c>tds:signal/NAME</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What is true now.</summary>
    public required string Value { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>Records that a data subject or owner consents.</summary>
public sealed record ConsentGrant
{
    /// <summary>Who consents: the name that offers ask about in <c>tds:consent</c>. Use a pseudonym for a natural person: consumers see the offer.</summary>
    public required string Subject { get; init; }

    /// <summary>Product id.</summary>
    public required string Product { get; init; }

    /// <summary>The purpose consented to, compared as a whole; null: every purpose. A misspelt member is refused, and so does not become every purpose.</summary>
    public string? Purpose { get; init; }
}

/// <summary>A consent.</summary>
public sealed record ConsentView
{
    /// <summary>Id.</summary>
    public required string Id { get; init; }

    /// <summary>Who consents.</summary>
    public required string Subject { get; init; }

    /// <summary>Product id.</summary>
    public required string Product { get; init; }

    /// <summary>The purpose; null: every purpose.</summary>
    public string? Purpose { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset GrantedAt { get; init; }

    /// <summary>Until when; null: it is in force.</summary>
    public DateTimeOffset? WithdrawnAt { get; init; }
}
