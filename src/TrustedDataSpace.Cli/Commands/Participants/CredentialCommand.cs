using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Cli.Commands.Participants;

/// <summary><c>tds credential …</c>: what the authority of a space credits its members with.</summary>
internal static class CredentialCommand
{
    public static Command Create() => new("credential", "Verifiable credentials of members (operator).")
    {
        Types(), List(), Show(), Issue(), Code(), Offer(), Trusted(), Trust(), Distrust(),
        Step("revoke", "A credential ends for good.", (call, id, reason) => call.Operator.RevokeCredentialAsync(id, reason, call.Cancellation)),
        Step("suspend", "A credential does not hold for now.", (call, id, reason) => call.Operator.SuspendCredentialAsync(id, reason, call.Cancellation)),
        Step("resume", "A suspended credential holds again.", (call, id, reason) => call.Operator.ResumeCredentialAsync(id, reason, call.Cancellation)),
    };

    private static Command Types() => Verb.ForOperator("types", "What can be issued, and where its claims come from.", [], async call =>
    {
        var types = await call.Operator.CredentialTypesAsync(call.Cancellation);
        await call.ShowAsync(types, types.Select(type => $"{type.Type}  {type.Source}  {type.Title}"));
        return ExitCode.Ok;
    });

    private static Command List()
    {
        var holder = new Option<string?>("--holder") { Description = "Of this member only." };
        var type = new Option<string?>("--type") { Description = "Of this type only." };
        return Verb.ForOperator("list", "What was issued, and how it stands.", [holder, type], async call =>
        {
            var credentials = await call.Operator.CredentialsAsync(call.Get(holder), call.Get(type), call.Cancellation);
            await call.ShowAsync(credentials, credentials.Select(Line));
            return ExitCode.Ok;
        });
    }

    private static Command Show()
    {
        var id = Id();
        return Verb.ForOperator("show", "Show one, with what it says.", [id], async call =>
        {
            var found = await call.Operator.CredentialAsync(call.Get(id), call.Cancellation);
            await call.ShowAsync(found, Lines(found));
            return ExitCode.Ok;
        });
    }

    private static Command Issue()
    {
        var type = Type();
        var holder = new Argument<string>("DID") { Description = "The member, for example did:web:factory.example." };
        var claims = Claims();
        var until = new Option<DateTimeOffset?>("--until") { Description = "When it ends, if earlier than the type allows: 2027-01-01T00:00:00Z." };
        return Verb.ForOperator("issue", "Issue a credential to a member.", [type, holder, claims, until], async call =>
        {
            var order = new CredentialOrder { Type = call.Get(type), Holder = Did.Parse(call.Get(holder)), Claims = ReadOrNull(call.Get(claims)), ValidUntil = call.Get(until) };
            var issued = await call.Operator.IssueCredentialAsync(order, call.Cancellation);
            await call.ShowAsync(issued, Lines(issued));
            return ExitCode.Ok;
        });
    }

    private static Command Code()
    {
        var type = Type();
        var claims = Claims();
        claims.Required = true;
        var holder = new Option<string?>("--holder") { Description = "The member that may use it; else the first one that does." };
        var days = new Option<int?>("--days") { Description = "How long it is good; 3 by default, 30 at most." };
        return Verb.ForOperator("code", "Make a one-time code by which a member's connector asks for a credential.", [type, claims, holder, days], async call =>
        {
            var order = new CredentialCodeOrder
            {
                Type = call.Get(type),
                Holder = call.Get(holder) is { } member ? Did.Parse(member) : null,
                Claims = ReadOrNull(call.Get(claims))!.Value,
                Lifetime = call.Get(days) is { } number ? TimeSpan.FromDays(number) : null,
            };
            var code = await call.Operator.AuthoriseCredentialAsync(order, call.Cancellation);
            await call.ShowAsync(code, [code.Code, string.Create(CultureInfo.InvariantCulture, $"  shown once; for one {code.Type}, until {code.EndsAt:u}")]);
            return ExitCode.Ok;
        });
    }

    private static Command Offer()
    {
        var id = Id();
        return Verb.ForOperator("offer", "Tell the holder's connector that it can ask for it.", [id], async call =>
        {
            await call.Operator.OfferCredentialAsync(call.Get(id), call.Cancellation);
            await call.ShowAsync(new { Offered = call.Get(id) }, [$"{call.Get(id)} is offered to its holder"]);
            return ExitCode.Ok;
        });
    }

    private static Command Trusted() => Verb.ForOperator("trusted", "Which issuers the space believes, and for what.", [], async call =>
    {
        var trust = await call.Operator.TrustAsync(call.Cancellation);
        await call.ShowAsync(trust, [string.Create(CultureInfo.InvariantCulture, $"version {trust.Version}"), .. trust.Issuers.Select(issuer => $"{issuer.Issuer}  {string.Join(", ", issuer.Types)}{(issuer.Claims.Count == 0 ? "" : $"  ({string.Join(", ", issuer.Claims)})")}")]);
        return ExitCode.Ok;
    });

    private static Command Trust()
    {
        var issuer = Issuer();
        var types = new Option<string[]>("--type") { Description = "For this type; more than once for several, and for no others.", Required = true };
        var claims = new Option<string[]>("--claim") { Description = "For this claim; more than once for several, and for no others. Default: the claims that the space's documents describe for the types." };
        return Verb.ForOperator("trust", "The space believes an issuer beside the authority.", [issuer, types, claims], async call =>
        {
            var (named, believed) = (call.Get(types) ?? [], call.Get(claims) ?? []);
            await call.Operator.TrustAsync(call.Get(issuer), new IssuerTrust { Types = named, Claims = believed }, call.Cancellation);
            await call.ShowAsync(new { Issuer = call.Get(issuer), Types = named, Claims = believed }, [$"{call.Get(issuer)} is believed for {string.Join(", ", named)}"]);
            return ExitCode.Ok;
        });
    }

    private static Command Distrust()
    {
        var issuer = Issuer();
        return Verb.ForOperator("distrust", "The space believes an issuer no longer.", [issuer], async call =>
        {
            await call.Operator.DistrustAsync(call.Get(issuer), call.Cancellation);
            await call.ShowAsync(new { Issuer = call.Get(issuer) }, [$"{call.Get(issuer)} is believed no longer"]);
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Issuer() => new("DID") { Description = "The issuer, for example did:web:regulator.example." };

    private static Command Step(string name, string description, Func<Call, string, string?, Task<IssuedCredential>> take)
    {
        var id = Id();
        var reason = new Option<string?>("--reason") { Description = "Why; it goes into the evidence as it is written." };
        return Verb.ForOperator(name, description, [id, reason], async call =>
        {
            var taken = await take(call, call.Get(id), call.Get(reason));
            await call.ShowAsync(taken, [Line(taken)]);
            return ExitCode.Ok;
        });
    }

    private static JsonElement? ReadOrNull(FileInfo? file)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            return ProtocolJson.Parse(File.ReadAllBytes(file.FullName));
        }
        catch (RefusalException refusal)
        {
            throw new CannotStartException($"{file.Name}: {refusal.Message}");
        }
    }

    private static Argument<string> Id() => new("ID") { Description = "The credential, urn:tds:credential:…" };

    private static Argument<string> Type() => new("TYPE") { Description = "One of tds credential types." };

    private static Option<FileInfo?> Claims() => new("--claims") { Description = "JSON file with what it says; none for what the register says." };

    private static string Line(IssuedCredential credential) => string.Create(
        CultureInfo.InvariantCulture, $"{credential.Id}  {credential.State}  {credential.Type}  {credential.Holder}  until {credential.ValidUntil:u}");

    private static IEnumerable<string> Lines(IssuedCredential credential)
    {
        yield return Line(credential);
        yield return "  " + Encoding.UTF8.GetString(ProtocolJson.Write(credential.Claims));
        yield return string.Create(CultureInfo.InvariantCulture, $"  status: place {credential.StatusIndex} of list {credential.StatusList}{(credential.Reason is { } reason ? $", {reason}" : "")}");
    }
}
