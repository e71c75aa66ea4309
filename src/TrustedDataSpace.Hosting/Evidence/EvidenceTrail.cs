using System.Text.Json;
using Dapper;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Errors;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Protocol.Json;

namespace TrustedDataSpace.Hosting.Evidence;

/// <summary>
/// What happened at this service, written in the same unit of work as the change itself and shipped in order to the authority's
/// log. A row stays here after that, with its place in the log, so that a participant can prove it against the operator.
/// </summary>
public sealed class EvidenceTrail(Database database, Ids ids, ServiceSettings settings)
{
    /// <summary>Set when an entry was committed.</summary>
    public Signal Signal { get; } = new();

    /// <summary>Set when an entry was committed, for everybody who follows the trail.</summary>
    public Broadcast Appended { get; } = new();

    /// <summary>Revision of the policy bundle that decides now: part of each entry from now on.</summary>
    public string? Policy { get; set; }

    /// <summary>
    /// Records an entry. <paramref name="data"/> holds no secret and no personal value. Data too large for the log is recorded by its hash
    /// and length: one entry that the log refuses would hold up all that come after it, for ever.
    /// </summary>
    /// <exception cref="RefusalException">TooLarge: even then it does not fit.</exception>
    public EvidenceEntry Append(UnitOfWork unit, string kind, object data, string? agreement = null, string? process = null)
    {
        ArgumentNullException.ThrowIfNull(unit);
        var entry = Fitting(new EvidenceEntry
        {
            Id = ids.Next(),
            Time = unit.Now,
            Source = settings.Participant.Id,
            Kind = kind,
            Agreement = agreement,
            Process = process,
            Policy = Policy,
            Data = JsonSerializer.SerializeToElement(data, ProtocolJson.Options),
        });
        unit.Execute(
            "INSERT INTO evidence_trail (space_id, id, entry) VALUES (@Space, @Id, @Entry)",
            new { unit.Space, entry.Id, Entry = JsonSerializer.Serialize(entry, ProtocolJson.Options) });
        if (Changes(entry))
        {
            unit.Concerns(process ?? agreement ?? entry.Id);
        }

        unit.OnCommitted(Signal.Set);
        unit.OnCommitted(Appended.Set);
        return entry;
    }

    /// <summary>
    /// Entries behind that id, in the order of their commits: ids are made inside the one writer's commands, so that no later commit brings
    /// an entry before one that was seen.
    /// </summary>
    public IReadOnlyList<EvidenceEntry> After(string id, int most) => database.Read(connection => connection.Query<string>(
            "SELECT entry FROM evidence_trail WHERE space_id = @Space AND id > @id ORDER BY id LIMIT @most",
            new { Space = settings.Space.Id, id, most })
        .Select(Read)
        .ToList());

    /// <summary>Id of the newest entry; empty when there is none.</summary>
    public string LastId() => database.Read(connection => connection.QuerySingle<string?>(
        "SELECT max(id) FROM evidence_trail WHERE space_id = @Space", new { Space = settings.Space.Id })) ?? "";

    /// <summary>Whether something has happened to that negotiation, transfer or agreement behind that id, seen by the unit of work.</summary>
    public static bool HasHappened(UnitOfWork unit, string subject, string after)
    {
        ArgumentNullException.ThrowIfNull(unit);
        return unit.Query<string>("SELECT entry FROM evidence_trail WHERE space_id = @Space AND id > @after", new { unit.Space, after })
            .Select(Read)
            .Any(entry => (entry.Process ?? entry.Agreement) == subject && Changes(entry));
    }

    /// <summary>The oldest entries that the log has not confirmed yet.</summary>
    public IReadOnlyList<EvidenceEntry> Unlogged(int most) => database.Read(connection => connection.Query<string>(
            "SELECT entry FROM evidence_trail WHERE space_id = @Space AND log_index IS NULL ORDER BY id LIMIT @most",
            new { Space = settings.Space.Id, most })
        .Select(Read)
        .ToList());

    /// <summary>How many entries there are, and how many of them the log has confirmed.</summary>
    public (long Entries, long Logged) Count() => database.Read(connection => connection.QuerySingle<(long, long)>(
        "SELECT count(*), count(log_index) FROM evidence_trail WHERE space_id = @Space", new { Space = settings.Space.Id }));

    /// <summary>Entries behind that id, each with its place in the log once it is acknowledged.</summary>
    public IReadOnlyList<(EvidenceEntry Entry, long? Index)> Placed(string after, int most) => database.Read(connection => connection.Query<(string Entry, long? Index)>(
            "SELECT entry, log_index FROM evidence_trail WHERE space_id = @Space AND id > @after ORDER BY id LIMIT @most",
            new { Space = settings.Space.Id, after, most })
        .Select(row => (Read(row.Entry), row.Index))
        .ToList());

    /// <summary>The entries from one id up to and with another.</summary>
    public IReadOnlyList<EvidenceEntry> Between(string first, string last) => database.Read(connection => connection.Query<string>(
            "SELECT entry FROM evidence_trail WHERE space_id = @Space AND id >= @first AND id <= @last ORDER BY id", new { Space = settings.Space.Id, first, last })
        .Select(Read)
        .ToList());

    /// <summary>The log is another one than the one that confirmed the entries: all are to be shipped again.</summary>
    public static void ForgetPlaces(UnitOfWork unit)
    {
        ArgumentNullException.ThrowIfNull(unit);
        unit.Execute("UPDATE evidence_trail SET log_index = NULL WHERE space_id = @Space", new { unit.Space });
    }

    /// <summary>Notes where the log has put the entries: the first at <paramref name="firstIndex"/>, the others behind it.</summary>
    public static void MarkLogged(UnitOfWork unit, IReadOnlyList<EvidenceEntry> entries, long firstIndex)
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(entries);
        for (var i = 0; i < entries.Count; i++)
        {
            unit.Execute(
                "UPDATE evidence_trail SET log_index = @Index WHERE space_id = @Space AND id = @Id",
                new { unit.Space, entries[i].Id, Index = firstIndex + i });
        }
    }

    // A denial leaves all as it was, and so does a use.
    private static bool Changes(EvidenceEntry entry) => entry.Kind is not (EvidenceKinds.DecisionDenied or EvidenceKinds.DecisionsDenied or EvidenceKinds.ReleaseAnnounced);

    private static EvidenceEntry Read(string entry) => JsonSerializer.Deserialize<EvidenceEntry>(entry, ProtocolJson.Options)!;

    private static EvidenceEntry Fitting(EvidenceEntry entry)
    {
        if (entry.CanonicalBytes().Length <= EvidenceEntry.MaxBytes)
        {
            return entry;
        }

        var shortened = entry with { Data = ProtocolJson.ToElement(new { hash = CanonicalJson.Hash(entry.Data), bytes = CanonicalJson.Bytes(entry.Data).Length }) };
        return shortened.CanonicalBytes().Length <= EvidenceEntry.MaxBytes
            ? shortened
            : throw new RefusalException(RefusalCode.TooLarge, $"The names in the evidence of {entry.Kind} have more than {EvidenceEntry.MaxBytes} bytes.");
    }
}
