using Microsoft.AspNetCore.Mvc;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Connector.Transfer;

/// <summary>Which transfers a list shows: all that are given must fit. Bind with <c>[AsParameters]</c>.</summary>
/// <param name="State">DSP state.</param>
/// <param name="Role"><c>CONSUMER</c> or <c>PROVIDER</c>: this connector's.</param>
/// <param name="Agreement">Agreement id.</param>
/// <param name="Counterparty">The other party's DID.</param>
internal sealed record TransferFilter([FromQuery] string? State, [FromQuery] string? Role, [FromQuery] string? Agreement, [FromQuery] string? Counterparty)
{
    private static readonly string[] Roles = ["CONSUMER", "PROVIDER"];

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
