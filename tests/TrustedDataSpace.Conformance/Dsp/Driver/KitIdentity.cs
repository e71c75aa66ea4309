using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Conformance.Dsp.Driver;

/// <summary>The only peer there is: the kit, which proves nothing about itself. It knows no DIDs and no version document.</summary>
internal sealed class KitDirectory(DriverOptions options) : IPeerDirectory, IDisposable
{
    private readonly SigningKey key = SigningKey.Generate();

    public ValueTask<PeerRecord> FindAsync(string did, CancellationToken cancellation) => did == Kit.Kit.Participant
        ? ValueTask.FromResult(new PeerRecord(did, "Conformance kit", options.Kit, ParticipantStates.Active, key.Public, "44", []) { ProtocolPath = "" })
        : throw new RefusalException(RefusalCode.NotFound, $"{did} is not the conformance kit.");

    public void Dispose() => key.Dispose();
}

/// <summary>The kit asks for nothing.</summary>
internal sealed class NoTokens : IPeerTokens
{
    public Task<string?> ForAsync(string did, CancellationToken cancellation) => Task.FromResult<string?>(null);
}

/// <summary>Every caller of the protocol is the kit. In the driver alone: the product has no such setting.</summary>
internal sealed class KitAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string Name = "kit";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        Context.Features.Set(new Peer(Kit.Kit.Participant, ParticipantStates.Active, "44", []));
        var identity = new ClaimsIdentity([new Claim("sub", Kit.Kit.Participant)], Name);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name)));
    }
}
