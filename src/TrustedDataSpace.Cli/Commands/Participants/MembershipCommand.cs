using System.CommandLine;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary><c>tds membership …</c>: what a participant does with its own membership, through its connector.</summary>
internal static class MembershipCommand
{
    public static Command Create() => new("membership", "A participant's own membership.") { Leave(), Organisation() };

    private static Command Leave()
    {
        var reason = new Option<string?>("--reason") { Description = "Why; it goes into the evidence as it is written." };
        return Verb.ForConnector("leave", "Leave the space: the participant's tokens end at once.", [reason], async call =>
        {
            var left = await call.Connector.LeaveAsync(call.Get(reason), call.Cancellation);
            await call.ShowAsync(left, [$"{left.Id}  {left.State}"]);
            return ExitCode.Ok;
        });
    }

    private static Command Organisation()
    {
        var file = new Argument<string>("FILE") { Description = "JSON: legalName, creditCode, connectorCode, contact {email, phone}, responsible {name, authorisation, authorisedUntil}." };
        return Verb.ForConnector("organisation", "Tell the operator anew who stands behind the participant.", [file], async call =>
        {
            await call.Connector.ChangeOrganisationAsync(await ReadAsync(call.Get(file), call.Cancellation), call.Cancellation);
            await call.ShowAsync(new { told = true }, ["the operator has the organisation's data"]);
            return ExitCode.Ok;
        });
    }

    private static async Task<Organisation> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return ProtocolJson.Read<Organisation>(await File.ReadAllBytesAsync(file, cancellation));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or RefusalException)
        {
            throw new CannotStartException($"{file}: {failure.Message}", failure);
        }
    }
}
