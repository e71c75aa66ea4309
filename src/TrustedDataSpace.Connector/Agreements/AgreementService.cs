using System.Collections.Concurrent;
using Dapper;
using TrustedDataSpace.Connector.Dsp;
using TrustedDataSpace.Connector.Management;
using TrustedDataSpace.Hosting.Outbox;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;
using TrustedDataSpace.Protocol.Dsp;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Management;

namespace TrustedDataSpace.Connector.Agreements;

/// <summary>The contracts of this connector. Read from memory on the path of each request, changed only by committed units of work.</summary>
internal sealed class AgreementService(Database database, ConnectorSettings settings, OutboxQueue outbox)
{
    /// <summary>Topic of the jobs that file agreements at the authority.</summary>
    public const string FilingTopic = "agreement.file";

    private static readonly string[] States = [AgreementTerms.Active, AgreementTerms.Ended];

    private readonly ConcurrentDictionary<string, AgreementTerms> known = new();

    /// <summary>The agreement, or null.</summary>
    public AgreementTerms? Find(string id)
    {
        if (known.TryGetValue(id, out var present))
        {
            return present;
        }

        // Only if nobody has put it there in between: that one is newer than what was read here.
        return Stored(id) is { } row ? known.GetOrAdd(id, row.ToTerms()) : null;
    }

    /// <summary>The agreement as it is committed at this moment; memory may still say what was before.</summary>
    public AgreementTerms? FindCommitted(string id) => Stored(id)?.ToTerms();

    /// <summary>A negotiation was finalized: the agreement is in force. The provider files it.</summary>
    /// <exception cref="RefusalException">Conflict: another agreement has this id.</exception>
    public void Conclude(UnitOfWork unit, Conclusion conclusion)
    {
        // The provider chooses the id; it must not be able to put its agreement in the place of another's.
        var agreement = conclusion.Agreement;
        if (AgreementRow.StateOf(unit, agreement.Id) is not null)
        {
            throw new RefusalException(RefusalCode.Conflict, $"There is already an agreement '{agreement.Id}'.") { Where = "$.agreement['@id']" };
        }

        AgreementRow.Add(unit, new AgreementRow
        {
            Id = agreement.Id,
            Role = conclusion.Role,
            State = AgreementTerms.Active,
            AssetId = conclusion.AssetId,
            Classification = conclusion.Classification,
            Document = agreement.ToString(),
            ConcludedAt = unit.Now.ToUnixTimeMilliseconds(),
            ProviderSignature = conclusion.ProviderSignature,
            ConsumerSignature = conclusion.ConsumerSignature,
            TransferMode = conclusion.Transfers.Manual ? NegotiationModes.Manual : NegotiationModes.Automatic,
            Finite = conclusion.Transfers.Finite ? 1 : 0,
            AllowBearer = conclusion.Transfers.AllowBearer ? 1 : 0,
            Formats = TransferTerms.Write(conclusion.Transfers.Formats),
        });
        if (conclusion.Role == DspRole.Provider)
        {
            outbox.Add(unit, FilingTopic, "filing:" + agreement.Id, agreement.Id, settings.Authority.Id);
        }
    }

    /// <summary>Ends the agreement: from the commit on nothing is allowed under it.</summary>
    /// <returns>Whether it was in force until now.</returns>
    /// <exception cref="RefusalException">NotFound.</exception>
    public bool End(UnitOfWork unit, string id)
    {
        var row = AgreementRow.Find(unit, id) ?? throw NoSuch(id);
        if (row.State == AgreementTerms.Ended)
        {
            return false;
        }

        unit.Execute("UPDATE agreements SET state = @Ended WHERE space_id = @Space AND id = @id", new { unit.Space, id, AgreementTerms.Ended });
        var ended = (row with { State = AgreementTerms.Ended }).ToTerms();
        unit.OnCommitted(() => known[id] = ended);
        return true;
    }

    /// <summary>Whether the agreement is in force, as this unit of work sees it.</summary>
    public static bool IsActive(UnitOfWork unit, string id) => AgreementRow.StateOf(unit, id) == AgreementTerms.Active;

    /// <summary>Whether an agreement in force needs the asset.</summary>
    public static bool NeedsAsset(UnitOfWork unit, string assetId) => unit.Find<long>(
        "SELECT count(*) FROM (SELECT 1 FROM agreements WHERE space_id = @Space AND asset_id = @assetId AND state = @Active LIMIT 1) needed",
        new { unit.Space, assetId, AgreementTerms.Active }) > 0;

    /// <summary>The authority has filed the agreement, or refused to for good.</summary>
    public void RecordFiling(UnitOfWork unit, string id, string? refusal)
    {
        unit.Execute(
            "UPDATE agreements SET filed = @Filed, filing_refusal = @refusal WHERE space_id = @Space AND id = @id",
            new { unit.Space, id, refusal, Filed = refusal is null ? 1 : 0 });

        // As it is known, if it is: reading the contract again costs more than filing it.
        var changed = known.TryGetValue(id, out var present) && AgreementRow.StateOf(unit, id) == present.State
            ? present with { Filed = refusal is null, FilingRefusal = refusal }
            : AgreementRow.Find(unit, id)!.ToTerms();
        unit.OnCommitted(() => known[id] = changed);
    }

    /// <summary>An agreement; waits until it is filed if asked to (the consumer is not told, and does not wait).</summary>
    /// <exception cref="RefusalException">NotFound.</exception>
    public async Task<AgreementView> GetAsync(string id, TimeSpan wait, CancellationToken cancellation)
    {
        var terms = Find(id) ?? throw NoSuch(id);
        if (terms.Role == DspRole.Provider)
        {
            await database.WaitUntilAsync(() => Stored(id) is { Filed: 1 } or { FilingRefusal: not null }, wait, cancellation);
        }

        return View(Stored(id)!.ToTerms());
    }

    /// <summary>In the order of their ids.</summary>
    /// <param name="page">Which part.</param>
    /// <param name="state">Only those in that state; null: all.</param>
    /// <exception cref="RefusalException">Malformed: no such state.</exception>
    public Page<AgreementView> List(PageRequest page, string? state = null)
    {
        FilterWords.Require("state", state, States, "an agreement");
        return page.ToPage(
            database.Read(connection => connection.Query<AgreementRow>(
                AgreementRow.Select + (state is null ? "" : " AND state = @state") + " AND id > @After ORDER BY id LIMIT @Limit",
                new { Space = settings.Space.Id, state, page.After, Limit = page.Size + 1 }).AsList()),
            row => View(row.ToTerms()),
            row => row.Id);
    }

    private static RefusalException NoSuch(string id) => new(RefusalCode.NotFound, $"There is no agreement '{id}'.");

    private AgreementRow? Stored(string id) => database.Read(connection => connection.QuerySingleOrDefault<AgreementRow>(
        AgreementRow.Select + " AND id = @id", new { Space = settings.Space.Id, id }));

    private static AgreementView View(AgreementTerms terms) => new()
    {
        Id = terms.Id,
        Role = DspProcess.NameOf(terms.Role),
        Provider = terms.Provider,
        Consumer = terms.Consumer,
        DatasetId = terms.DatasetId,
        State = terms.State,
        Filed = terms.Filed,
        Hash = terms.Hash,
        Policy = terms.Document.Element,
        Signatures = terms.Signatures,
        Coverage = terms.Coverage,
    };
}
