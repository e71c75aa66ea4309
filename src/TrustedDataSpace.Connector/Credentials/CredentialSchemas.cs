using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrustedDataSpace.Hosting.Http;
using TrustedDataSpace.Protocol.Credentials;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Connector.Credentials;

/// <summary>The schemas that credentials of believed issuers say they keep to: fetched under the egress rule and kept for a while. A schema that cannot be had, or is not understood, is one that nothing keeps to.</summary>
internal sealed class CredentialSchemas(JsonClient http, ConnectorSettings settings, TimeProvider clock)
{
    private const int MostSchemas = 4;
    private const int MostKept = 200;
    private static readonly string[] Types = ["JsonSchema", "JsonSchemaValidator2018"];
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Kept> kept = new(StringComparer.Ordinal);

    /// <summary>Refuses a credential that does not keep to its schemas.</summary>
    /// <exception cref="RefusalException">Unauthenticated.</exception>
    public async ValueTask RequireKeptAsync(VerifiableCredential credential, CancellationToken cancellation)
    {
        if (credential.Schemas.Count > MostSchemas)
        {
            throw Refuse($"it names more than {MostSchemas} schemas");
        }

        foreach (var reference in credential.Schemas)
        {
            if (!Types.Contains(reference.Type) || !Uri.TryCreate(reference.Id, UriKind.Absolute, out var address) || !GivenAddress.MayBeCalled(address, settings.Egress))
            {
                throw Refuse($"a schema is no {Types[0]} at an https address");
            }

            var schema = await GetAsync(address, cancellation);
            if (schema.Claims.Violation(schema.IsOfWhole ? credential.Json : Subject(credential, schema.KnowsId)) is { } violation)
            {
                throw Refuse(violation);
            }
        }
    }

    // Whom it is about is no claim: a schema that lists the claims and no others may leave it out.
    private static JsonElement Subject(VerifiableCredential credential, bool withId)
    {
        if (withId || credential.Subject.ValueKind != JsonValueKind.Object)
        {
            return credential.Subject;
        }

        var subject = JsonObject.Create(credential.Subject)!;
        subject.Remove("id");
        return ProtocolJson.ToElement(subject);
    }

    private async ValueTask<Kept> GetAsync(Uri address, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        if (kept.TryGetValue(address.AbsoluteUri, out var known) && now - known.At is var age && age >= TimeSpan.Zero && age < Freshness)
        {
            return known;
        }

        try
        {
            var document = ProtocolJson.Parse(await http.GetDocumentAsync(address, cancellation));
            var properties = document.ValueKind == JsonValueKind.Object && document.TryGetProperty("properties", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
            bool Has(string name) => properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(name, out _);
            known = new Kept(ClaimSchema.Read(document), Has("credentialSubject"), Has("id"), now);
        }
        catch (RefusalException refusal)
        {
            throw Refuse($"its schema cannot be used: {refusal.Message}", refusal);
        }

        if (kept.Count >= MostKept)
        {
            kept.Clear();
        }

        return kept[address.AbsoluteUri] = known;
    }

    private static RefusalException Refuse(string why, Exception? inner = null) =>
        new(RefusalCode.Unauthenticated, $"A credential does not keep to its schema: {why}.", inner) { Term = "credentialSchema" };

    private sealed record Kept(ClaimSchema Claims, bool IsOfWhole, bool KnowsId, DateTimeOffset At);
}
