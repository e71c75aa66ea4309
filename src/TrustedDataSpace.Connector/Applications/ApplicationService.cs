using System.Collections.Frozen;
using TrustedDataSpace.Connector.Agreements;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Authentication;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Applications;

/// <summary>Local applications and their secrets. All are held in memory, because each request of the consumer side asks.</summary>
internal sealed class ApplicationService(Database database, Ids ids, ConnectorSettings settings)
{
    public const int MostApplications = 1000;

    private readonly Lock gate = new();
    private volatile FrozenDictionary<string, LocalApplication>? bySecret;

    /// <summary>The application that the secret belongs to, or null.</summary>
    public LocalApplication? Authenticate(string bearer) => Present().GetValueOrDefault(SecretHashes.Hash(bearer));

    /// <summary>Grants access. The answer is the only time that the secret is shown.</summary>
    /// <exception cref="RefusalException">Malformed; NotFound: there is no such agreement; Conflict: the limit is reached.</exception>
    public async Task<ApplicationCredential> GrantAsync(ApplicationGrant grant)
    {
        ApplicationRules.Check(grant);
        var id = ids.Next();
        var secret = SecretHashes.Create("tds_app_");
        await database.WriteAsync(unit =>
        {
            if (ApplicationStore.Count(unit) >= MostApplications)
            {
                throw new RefusalException(RefusalCode.Conflict, $"There are {MostApplications} applications already.") { Remedy = "delete those that are no longer used" };
            }

            // A mistyped id would look like a grant, and whoever gets an agreement of that id later would have granted it unseen.
            if (grant.Agreements.FirstOrDefault(agreement => AgreementRow.StateOf(unit, agreement) is null) is { } unknown)
            {
                throw new RefusalException(RefusalCode.NotFound, $"There is no agreement '{unknown}'.") { Term = "agreements", Remedy = $"see which there are: {ManagementRoutes.Agreements}" };
            }

            ApplicationStore.Add(unit, id, grant, SecretHashes.Hash(secret));
            unit.Concerns(id);
        });
        Reload();
        return new ApplicationCredential { Id = id, Secret = secret };
    }

    /// <summary>Takes the grant back; the secret is worthless when this returns.</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task RevokeAsync(string id)
    {
        var found = await database.WriteAsync(unit => ApplicationStore.Remove(unit, id));
        Reload();
        if (!found)
        {
            throw new RefusalException(RefusalCode.NotFound, $"There is no application '{id}'.");
        }
    }

    /// <summary>Applications in the order they were granted.</summary>
    public Page<ApplicationView> List(PageRequest page)
    {
        var after = page.After;
        var rows = Present().Values.Where(application => string.CompareOrdinal(application.Id, after) > 0)
            .OrderBy(application => application.Id, StringComparer.Ordinal).Take(page.Size + 1).ToList();
        return page.ToPage(rows, application => application.View(), application => application.Id);
    }

    private FrozenDictionary<string, LocalApplication> Present() => bySecret ?? Reload();

    // Read under the gate: of two reloads at once, the one that read later is the one that stays.
    private FrozenDictionary<string, LocalApplication> Reload()
    {
        lock (gate)
        {
            return bySecret = database.Read(connection => ApplicationStore.All(connection, settings.Space.Id))
                .ToFrozenDictionary(row => row.SecretHash, row => row.Application, StringComparer.Ordinal);
        }
    }
}
