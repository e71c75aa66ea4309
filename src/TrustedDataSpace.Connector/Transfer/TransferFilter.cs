using Microsoft.AspNetCore.Mvc;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Which transfers a list shows: all that are given must fit. Bind with <c>[AsParameters]</c>.</summary>
internal sealed record TransferFilter
{
    private static readonly string[] Roles = ["CONSUMER", "PROVIDER"];

    /// <summary>DSP state.</summary>
    [FromQuery]
    public string? State { get; init; }

    /// <summary><c>CONSUMER</c> or <c>PROVIDER</c>: this connector's.</summary>
    [FromQuery]
    public string? Role { get; init; }

    /// <summary>Agreement id.</summary>
    [FromQuery]
    public string? Agreement { get; init; }

    /// <summary>The other party's DID.</summary>
    [FromQuery]
    public string? Counterparty { get; init; }

    /// <summary>The conditions. The names are those of the columns and the parameters, never a caller's text; each has its index.</summary>
    public string Sql => string.Concat(
        State is null ? "" : " AND state = @State",
        Role is null ? "" : " AND role = @Role",
        Agreement is null ? "" : " AND agreement_id = @Agreement",
        Counterparty is null ? "" : " AND counterparty = @Counterparty");

    /// <summary>A word that is none would look like an empty list.</summary>
    /// <exception cref="RefusalException">Malformed: no such state or role.</exception>
    public TransferFilter Checked()
    {
        Require("state", State, TransferStates.All);
        Require("role", Role, Roles);
        return this;
    }

    private static void Require(string name, string? value, IReadOnlyList<string> words)
    {
        if (value is not null && !words.Contains(value))
        {
            throw new RefusalException(RefusalCode.Malformed, $"'{value}' is no {name} of a transfer.") { Term = name, Remedy = "use one of " + string.Join(", ", words) };
        }
    }
}
