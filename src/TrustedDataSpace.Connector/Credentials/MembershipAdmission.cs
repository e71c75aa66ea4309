using System.Text.Json;
using TrustedDataSpace.Connector.Identity;
using TrustedDataSpace.Connector.Policies;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>A membership of this space, by its authority, makes a peer; what other credentials say of it goes to the policies as claims.</summary>
internal sealed class MembershipAdmission(Database database, SpaceTrust trust, ConnectorSettings settings) : IPeerAdmission
{
    private const int MostValues = 64;
    private const int LongestValue = 512;
    private const string Clearance = "clearance";

    public IReadOnlyList<string> Required { get; } = [CredentialOptions.Membership];

    public bool Knows(Did issuer) => trust.Knows(issuer);

    /// <summary>Issuers: those that are believed, and those that this participant itself has asked for credentials.</summary>
    public bool Hears(Did stranger) => Knows(stranger) || database.Read(connection => CredentialStore.HasAsked(connection, settings.Space.Id, stranger.Value));

    public bool Trusts(VerifiableCredential credential) => trust.Trusts(credential);

    public Peer Admit(Did holder, IReadOnlyList<VerifiableCredential> credentials)
    {
        var member = credentials.Where(credential => credential.Is(CredentialOptions.Membership)).Select(Read).FirstOrDefault(member => member.Space == settings.Space.Id)
            ?? throw Refuse("the membership is one of another space");
        return new Peer(holder.Value, ParticipantStates.Active, member.Region, member.Roles) { Claims = ClaimsOf(credentials) };
    }

    public SubjectClaims? ClaimsOf(IReadOnlyList<VerifiableCredential> credentials)
    {
        var claims = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var property in credentials.Where(credential => !credential.Is(CredentialOptions.Membership)).SelectMany(Believed))
        {
            var values = claims.TryGetValue(property.Name, out var known) ? known : claims[property.Name] = [];
            values.AddRange(Texts(property.Value).Where(text => text.Length <= LongestValue).Take(MostValues - values.Count));
        }

        return claims.Count == 0 ? null : new SubjectClaims
        {
            // Two credentials that disagree give none: the higher one would be as good a guess as the lower.
            Clearance = claims.Remove(Clearance, out var clearance) && clearance.Distinct().ToList() is [var only] ? only : null,
            Others = claims.ToDictionary(claim => claim.Key, claim => (IReadOnlyList<string>)[.. claim.Value.Distinct()]),
        };
    }

    /// <summary>The claims that the issuer is believed for: the authority for all, another for those that are named for it.</summary>
    private IEnumerable<JsonProperty> Believed(VerifiableCredential credential) => credential.Subject.ValueKind == JsonValueKind.Object
        ? credential.Subject.EnumerateObject().Where(property => property.Name != "id" && trust.Trusts(credential, property.Name))
        : [];

    /// <summary>What policies can compare: texts, numbers, yes and no, and lists of them. Objects have no reading as a claim.</summary>
    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => [value.GetRawText()],
        JsonValueKind.Array => value.EnumerateArray().Where(item => item.ValueKind != JsonValueKind.Array).SelectMany(Texts),
        _ => [],
    };

    private static Member Read(VerifiableCredential credential)
    {
        try
        {
            return ProtocolJson.Read<Member>(credential.Subject);
        }
        catch (RefusalException refusal)
        {
            throw Refuse(refusal.Message, refusal);
        }
    }

    private static RefusalException Refuse(string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"The credentials make nobody a member of this space: {why}.", inner) { Term = "credentialSubject" };

    private sealed record Member(Did Id, string Name, string Space, string Region, IReadOnlyList<string> Roles);
}
