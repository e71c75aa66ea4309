using System.Collections.Concurrent;
using TrustedDataSpace.Connector.Assets;
using TrustedDataSpace.Connector.DataPlane;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Evidence;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Consents;

/// <summary>
/// Who consents to the use of which product for which purpose. Decisions read it from memory; a consent that is withdrawn is gone with the
/// next decision. Each change is evidence, without the name of the subject, and another epoch.
/// </summary>
internal sealed class ConsentService(Database database, Ids ids, EvidenceTrail evidence, ConnectorSettings settings)
{
    /// <summary>Most consents in force about one product: all that fit a purpose are part of each question about it.</summary>
    public const int MostPerProduct = 200;

    public const int LongestText = 200;

    private readonly Lock gate = new();
    private volatile ConcurrentDictionary<string, ConsentRow[]>? inForce;
    private long epoch;

    /// <summary>Grows with each change, from the start of the process.</summary>
    public long Epoch => Volatile.Read(ref epoch);

    /// <summary>Whose consent is in force for a product and a purpose. Without a purpose: those who consent to every purpose.</summary>
    public IReadOnlyList<string> For(string product, string? purpose) => (inForce ?? Load()).TryGetValue(product, out var rows)
        ? [.. rows.Where(row => row.Purpose is null || row.Purpose == purpose).Select(row => row.Subject).Distinct()]
        : [];

    /// <summary>Records a consent; one that is in force already is answered as it is.</summary>
    /// <exception cref="RefusalException">Malformed; Conflict: there are too many about the product.</exception>
    public async Task<ConsentView> GrantAsync(ConsentGrant grant)
    {
        Check(grant);
        var id = ids.Next();
        var row = await database.WriteAsync(unit =>
        {
            var present = ConsentStore.InForce(unit, grant.Product);
            if (present.Find(row => row.Subject == grant.Subject && row.Purpose == grant.Purpose) is { } known)
            {
                return known;
            }

            if (present.Count >= MostPerProduct)
            {
                throw new RefusalException(RefusalCode.Conflict, $"There are {MostPerProduct} consents about '{grant.Product}' already.") { Remedy = "join subjects to a group that consents as one" };
            }

            var row = ConsentStore.Add(unit, id, grant);
            evidence.Append(unit, EvidenceKinds.ConsentGranted, new { consent = id, product = grant.Product, purpose = grant.Purpose });
            return row;
        });
        Reload(row.Product);
        return row.View();
    }

    /// <summary>Withdraws a consent: the next decision is taken without it.</summary>
    /// <exception cref="RefusalException">NotFound: there is no such consent in force.</exception>
    public async Task WithdrawAsync(string id)
    {
        var withdrawn = await database.WriteAsync(unit =>
        {
            var row = ConsentStore.Withdraw(unit, id) ?? throw new RefusalException(RefusalCode.NotFound, $"There is no consent '{id}' in force.") { Remedy = $"see which are: {ManagementRoutes.Consents}" };
            evidence.Append(unit, EvidenceKinds.ConsentWithdrawn, new { consent = id, product = row.Product, purpose = row.Purpose });
            return row;
        });
        Reload(withdrawn.Product);
    }

    /// <summary>In the order they were granted, withdrawn ones with them.</summary>
    public Page<ConsentView> List(PageRequest page, string? product, string? subject) => page.ToPage(
        database.Read(connection => ConsentStore.Page(connection, settings.Space.Id, product, subject, page.After, page.Size + 1)),
        row => row.View(),
        row => row.Id);

    private static void Check(ConsentGrant grant)
    {
        if (string.IsNullOrWhiteSpace(grant.Subject) || grant.Subject.Length > LongestText)
        {
            throw new RefusalException(RefusalCode.Malformed, $"A subject has 1 to {LongestText} characters.") { Term = "subject", Remedy = "name who consents" };
        }

        // Compared as a whole, they would be the consent to nothing that anybody declares.
        if (grant.Purpose is "" or "*" || (grant.Purpose is { } purpose && !DataHeaders.IsDeclarable(purpose)))
        {
            throw new RefusalException(RefusalCode.Malformed, $"No request can declare the purpose '{grant.Purpose}': it has 1 to {DataHeaders.LongestPurpose} visible ASCII characters, no spaces, and is not '*'.")
            {
                Term = "purpose",
                Remedy = "leave the purpose out where it is every one",
            };
        }

        if (!AssetRules.IsId(grant.Product))
        {
            throw new RefusalException(RefusalCode.Malformed, $"'{grant.Product}' is no id of a product.") { Term = "product", Remedy = "name the product as it is offered" };
        }
    }

    private ConcurrentDictionary<string, ConsentRow[]> Load()
    {
        lock (gate)
        {
            return inForce ??= new(
                database.Read(connection => ConsentStore.AllInForce(connection, settings.Space.Id))
                    .GroupBy(row => row.Product)
                    .Select(group => KeyValuePair.Create(group.Key, group.ToArray())),
                StringComparer.Ordinal);
        }
    }

    // Of one product: a change costs the same however many consents there are about others. Read under the gate: of two reloads at once, the
    // one that read later is the one that stays.
    private void Reload(string product)
    {
        lock (gate)
        {
            var all = Load();

            // Should it not be readable now, all are read by whoever asks next: a consent that was withdrawn does not count until then.
            inForce = null;
            Interlocked.Increment(ref epoch);
            var rows = database.Read(connection => ConsentStore.InForce(connection, settings.Space.Id, product));
            if (rows.Count == 0)
            {
                all.TryRemove(product, out _);
            }
            else
            {
                all[product] = [.. rows.OrderBy(row => row.Id, StringComparer.Ordinal)];
            }

            inForce = all;
        }
    }
}
