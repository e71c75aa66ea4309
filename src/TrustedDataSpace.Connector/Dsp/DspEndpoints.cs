using TrustedDataSpace.Connector.Credentials;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Errors;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Identity;

namespace TrustedDataSpace.Connector.Dsp;

/// <summary>What all endpoints of the Dataspace Protocol have in common.</summary>
internal static class DspEndpoints
{
    /// <summary>Where the protocol is spoken, below the address of a connector.</summary>
    public const string Base = "/dsp/" + DspConstants.Version;

    /// <summary>A group below <see cref="Base"/>: members of the space only, refusals as error documents of the protocol.</summary>
    public static RouteGroupBuilder MapDsp(this IEndpointRouteBuilder app, RefusalRendering errors) =>
        app.MapGroup(Base).RequireAuthorization(ServiceHost.SpacePolicy).WithMetadata(errors);

    /// <summary>The version document: unversioned and for everybody (DSP §4.3).</summary>
    public static void MapDspVersion(this IEndpointRouteBuilder app)
    {
        var document = Versions(app.ServiceProvider.GetRequiredService<ConnectorSettings>().Participant.Id);
        app.MapGet(DspRoutes.VersionDocument, () => document);
    }

    /// <summary>The versions that a participant's connector speaks.</summary>
    public static VersionDocument Versions(string participant) => new()
    {
        ProtocolVersions =
        [
            new ProtocolVersion
            {
                Version = DspConstants.Version,
                Path = Base,
                Binding = DspConstants.HttpsBinding,
                IdentifierType = "did:web",

                // The name that this service has in the participant's DID document.
                ServiceId = participant + DspConstants.DataServiceFragment,

                // RFC 6749 tokens of the space's authority; the profile says what is inside them.
                Auth = new VersionAuth { Protocol = "OAuth", Version = "2.0", Profile = [DspConstants.MembershipProfile] },
            },
        ],
    };

    /// <summary>What the participant's DID document says about this connector (DSP §4.4, DCP §5.2).</summary>
    public static IReadOnlyList<DidService> Services(string participant, string address) =>
    [
        new(participant + DspConstants.CatalogServiceFragment, DidService.CatalogService, address + Base + DspRoutes.CatalogBase),
        new(participant + DspConstants.DataServiceFragment, DidService.DataService, address + DspRoutes.VersionDocument),
        CredentialEndpoints.Service(participant, address),
    ];

    /// <summary>A message of the protocol as an answer.</summary>
    public static IResult Answer<T>(T message, int status = StatusCodes.Status200OK)
        where T : IDspMessage =>
        new DspAnswer(DspJson.Write(message), status);
}
