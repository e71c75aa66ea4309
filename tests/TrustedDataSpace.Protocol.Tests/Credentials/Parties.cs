using System.Text;
using System.Text.Json.Nodes;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Identity;
using Xunit;

namespace TrustedDataSpace.Protocol.Tests.Credentials;

/// <summary>An issuer, a holder and a stranger, with DID documents that name each key for one use only.</summary>
internal sealed class Parties : IDisposable
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_778_547_600);
    public static readonly Did Issuer = Did.Parse("did:web:authority.example");
    public static readonly Did Holder = Did.Parse("did:web:vpp.example");
    public static readonly Did Verifier = Did.Parse("did:web:grid.example");
    public static readonly Did Stranger = Did.Parse("did:web:stranger.example");

    private readonly Dictionary<Did, DidDocument> documents = [];

    public Parties()
    {
        Add(Issuer, IssuerKey, VerificationRelationship.AssertionMethod);
        Add(Holder, HolderKey, VerificationRelationship.Authentication);
        Add(Stranger, StrangerKey, VerificationRelationship.AssertionMethod, VerificationRelationship.Authentication);
    }

    public SigningKey IssuerKey { get; } = SigningKey.Generate();

    public SigningKey HolderKey { get; } = SigningKey.Generate();

    public SigningKey StrangerKey { get; } = SigningKey.Generate();

    public static CredentialContent Content => new()
    {
        Id = "urn:uuid:7",
        Types = ["MembershipCredential"],
        Issuer = Issuer,
        SubjectId = Holder.Value,
        Claims = new JsonObject { ["space"] = "power-grid", ["roles"] = new JsonArray("virtual-power-plant") },
        ValidFrom = Now.AddHours(-1),
        ValidUntil = Now.AddDays(1),
        Status = [new CredentialStatusEntry(CredentialStatusEntry.Revocation, 94_567, new Uri("https://authority.example/status/1"))],
        Schema = new Uri("https://authority.example/schemas/membership"),
    };

    public static PresentationContent Shown(params string[] credentials) => new()
    {
        Holder = Holder,
        Audience = Verifier,
        Id = "urn:uuid:9",
        IssuedAt = Now,
        ExpiresAt = Now.AddMinutes(5),
        Credentials = credentials,
    };

    public Task<PublicKey> KeyAsync(Did did, string kid, VerificationRelationship use, CancellationToken cancellation) =>
        documents.TryGetValue(did, out var document) && document.Find(kid, use) is { } key
            ? Task.FromResult(key)
            : throw new RefusalException(RefusalCode.Unauthenticated, "no such key") { Term = "key" };

    public Task<VerifiableCredential> VerifyAsync(string jwt) => CredentialJwt.VerifyAsync(jwt, KeyAsync, Now, TestContext.Current.CancellationToken);

    public Task<VerifiablePresentation> PresentAsync(string jwt) =>
        PresentationJwt.VerifyAsync(jwt, new PresentationExpectation { Holder = Holder, Audience = Verifier }, KeyAsync, Now, TestContext.Current.CancellationToken);

    public static async Task RefusedAsync(string term, Task attempt) => Assert.Equal(term, (await Assert.ThrowsAsync<RefusalException>(() => attempt)).Term);

    /// <summary>The payload of a signed text.</summary>
    public static JsonObject Payload(string jwt) => JsonNode.Parse(Jws.ReadUnverified(jwt, PresentationJwt.MaxLength))!.AsObject();

    /// <summary>The same text with another payload, signed.</summary>
    public static string Signed(JsonObject payload, SigningKey key, string type, string kid) => Jws.Sign(Encoding.UTF8.GetBytes(payload.ToJsonString()), key, type, kid);

    public void Dispose()
    {
        IssuerKey.Dispose();
        HolderKey.Dispose();
        StrangerKey.Dispose();
    }

    private void Add(Did did, SigningKey key, params VerificationRelationship[] uses) =>
        documents[did] = new DidDocument(did, [new DidKey($"{did}#{key.Kid}", key.Public, uses)], []);
}
