namespace TrustedDataSpace.Protocol.Management;

/// <summary>Which statement is asked for. Two connectors show the same bytes only for the same period: name it when they are compared.</summary>
public sealed record StatementQuery
{
    /// <summary>Agreement id.</summary>
    public string? Agreement { get; init; }

    /// <summary>The beginning of the period, a full minute, RFC 3339 with its zone. Default: the minute in which the agreement was signed.</summary>
    public string? From { get; init; }

    /// <summary>The end, not included, likewise. Default: the beginning of the minute before this one, up to which use is final at both connectors.</summary>
    public string? To { get; init; }

    /// <summary>The route with the query.</summary>
    public string ToRoute() => ManagementRoutes.Statements + "?" + string.Join(
        '&',
        new (string Name, string? Value)[] { ("agreement", Agreement), ("from", From), ("to", To) }
            .Where(part => part.Value is not null)
            .Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}"));
}
