using System.Buffers;
using TrustedDataSpace.Connector.Metering.Quotas;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>
/// What happened to uses since the tables were last brought up to date. An entry is the operating system's before the request goes on,
/// so a killed process has lost none; the tables follow in batches, in units of work that also store how far they have come. After a
/// loss of power the last entries may be missing: no more uses than the open lease of a quota allows.
/// </summary>
internal sealed class UsageJournal(ConnectorSettings settings, int segmentBytes = UsageJournal.UsualSegmentBytes) : IDisposable
{
    // Some ten thousand requests; the tables follow several times a second.
    private const int UsualSegmentBytes = 4 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly List<(JournalEntry Entry, JournalPosition End)> pending = [];
    private readonly ArrayBufferWriter<byte> buffer = new(512);
    private JournalFile? file;

    /// <summary>Leases of quotas, durable without the database.</summary>
    public LeaseFile Leases { get; } = new(settings.Storage.Folder);

    /// <summary>Set when the first entry waits for the tables.</summary>
    public Signal Signal { get; } = new();

    /// <summary>Set when the tables should follow at once: half of the room is used.</summary>
    public Signal Crowded { get; } = new();

    /// <summary>Whether no entry waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return pending.Count == 0;
            }
        }
    }

    /// <summary>Whether an entry about that agreement waits. Looks at all that wait.</summary>
    public bool Concerns(string agreementId)
    {
        lock (gate)
        {
            return pending.Exists(one => one.Entry.Ticket.AgreementId == agreementId);
        }
    }

    /// <summary>The numbered uses of an interval among what waits.</summary>
    public IReadOnlyList<UsageTicket> Tickets(string role, string flow, long interval)
    {
        lock (gate)
        {
            return [.. pending.Select(one => one.Entry.Ticket).Where(ticket => ticket.Role == role && ticket.Flow == flow && ticket.Interval == interval && ticket.Sequence > 0)];
        }
    }

    /// <summary>What the file has behind the position becomes what waits: once, before anything is appended.</summary>
    /// <exception cref="InvalidDataException">The file is not one of this version.</exception>
    public void Recover(JournalPosition applied)
    {
        lock (gate)
        {
            pending.AddRange(File().ReadAfter(applied).Select(one => (JournalEntry.Read(one.Entry) with { IsFound = true }, one.End)));
            File().Free(applied);
            File().GoOnBehind(applied);
        }
    }

    /// <summary>Appends; false when there is no room until the tables have followed.</summary>
    public bool TryAppend(JournalEntry entry)
    {
        bool first;
        bool crowded;
        lock (gate)
        {
            buffer.ResetWrittenCount();
            var generation = File().End.Generation;
            entry.Write(buffer);
            if (!File().TryAppend(buffer.WrittenSpan))
            {
                return false;
            }

            first = pending.Count == 0;
            crowded = file!.End.Generation > generation;
            pending.Add((entry, file.End));
        }

        if (first)
        {
            Signal.Set();
        }

        if (crowded)
        {
            Crowded.Set();
        }

        return true;
    }

    /// <summary>Adds what waits behind the position to a list.</summary>
    /// <returns>The position behind the last of it.</returns>
    public JournalPosition After(JournalPosition applied, List<JournalEntry> entries)
    {
        lock (gate)
        {
            var first = pending.FindIndex(one => one.End > applied);
            if (first < 0)
            {
                return applied;
            }

            for (var i = first; i < pending.Count; i++)
            {
                entries.Add(pending[i].Entry);
            }

            return pending[^1].End;
        }
    }

    /// <summary>The tables have durably come that far.</summary>
    public void Free(JournalPosition applied)
    {
        lock (gate)
        {
            var count = pending.FindIndex(one => one.End > applied);
            pending.RemoveRange(0, count < 0 ? pending.Count : count);
            file?.Free(applied);
        }
    }

    public void Dispose()
    {
        Leases.Dispose();
        file?.Dispose();
    }

    // Made when it is first needed.
    private JournalFile File() => file ??= new JournalFile(settings.Storage.Folder, segmentBytes);
}
