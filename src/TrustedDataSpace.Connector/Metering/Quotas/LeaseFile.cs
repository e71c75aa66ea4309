using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using TrustedDataSpace.Connector.Metering.Journal;
using TrustedDataSpace.Hosting.Storage;

namespace TrustedDataSpace.Connector.Metering.Quotas;

/// <summary>
/// Where the leases of busy counters end, in a small file beside the database: its writer may be busy with a batch of uses for longer than a
/// lease lasts, and a commit costs several times as much as to write one block back. The table follows with the uses, and at a start it takes over what the
/// file has; the higher of the two counts, so that neither alone can be too low. Safe for concurrent use.
/// </summary>
/// <param name="folder">The data folder.</param>
internal sealed class LeaseFile(string folder) : IDisposable
{
    /// <summary>Most counters at once; leases of others are stored in the table alone.</summary>
    public const int Places = 256;

    // Two halves for each counter, written in turn: one that is torn by a loss of power leaves the other.
    private const int HalfBytes = 512;
    private const int PlaceBytes = 2 * HalfBytes;

    // Checksum, length, number of the writing, period, end of the lease; then agreement and counter.
    private const int Head = sizeof(uint) + sizeof(int) + (3 * sizeof(long));

    private readonly object gate = new();
    private readonly Dictionary<(string Agreement, string Counter), Place> places = [];
    private readonly Stack<int> free = new(Enumerable.Range(0, Places).Reverse());
    private List<Request> waiting = [];
    private MappedFile? file;
    private Thread? writer;
    private bool isClosing;

    /// <summary>Stores leases durably, together with those of others that wait. Both functions run on the writing thread, which they must not hold up.</summary>
    /// <param name="agreementId">The agreement.</param>
    /// <param name="wanted">Says which: as late as possible, because each ends so much behind what is taken by then.</param>
    /// <param name="done">Is given the leases when they are durable; or null, and the failure if there was one: they are not kept here, for example because there is no room.</param>
    /// <returns>False: the table has not taken over yet what is here, or the service ends.</returns>
    public bool TryKeep(string agreementId, Func<IReadOnlyList<Lease>> wanted, Action<IReadOnlyList<Lease>?, Exception?> done)
    {
        lock (gate)
        {
            if (writer is null || isClosing)
            {
                return false;
            }

            waiting.Add(new Request(agreementId, wanted, done));
            if (waiting.Count == 1)
            {
                Monitor.Pulse(gate);
            }

            return true;
        }
    }

    /// <summary>In a unit of work that brings the tables up to date: stores what has changed since.</summary>
    public void Store(UnitOfWork unit)
    {
        List<(Place Place, Lease Lease)>? changed = null;
        lock (gate)
        {
            foreach (var place in places.Values)
            {
                if (place.Kept is { } lease && !place.IsInTable)
                {
                    (changed ??= []).Add((place, lease));
                }
            }
        }

        foreach (var (place, lease) in changed ?? [])
        {
            QuotaLeases.Raise(unit, place.Agreement, lease);
        }

        if (changed is not null)
        {
            unit.OnCommitted(() =>
            {
                lock (gate)
                {
                    changed.ForEach(one => one.Place.IsInTable |= one.Place.Kept == one.Lease);
                }
            });
        }
    }

    /// <summary>At a start, before any counter is read: the table takes over what the file has. From then on leases can be kept here.</summary>
    public void TakeOver(UnitOfWork unit)
    {
        lock (gate)
        {
            file ??= new MappedFile(Path.Combine(folder, "quota-leases"), Places * PlaceBytes);
            for (var place = 0; place < Places; place++)
            {
                if (Read(place) is var (agreement, lease))
                {
                    QuotaLeases.Raise(unit, agreement, lease);
                }
            }
        }

        unit.OnCommitted(Begin);
    }

    /// <summary>The table has, or will have with the present unit of work, where the lease ends: it is not stored there again.</summary>
    public void NoteStored(string agreementId, string counter)
    {
        lock (gate)
        {
            if (places.TryGetValue((agreementId, counter), out var place))
            {
                place.IsInTable = true;
            }
        }
    }

    /// <summary>The table has where the lease ends: the file needs it no longer.</summary>
    public void Forget(string agreementId, string counter)
    {
        lock (gate)
        {
            if (!isClosing && places.Remove((agreementId, counter), out var place))
            {
                Clear(place.Number);
                free.Push(place.Number);
            }
        }
    }

    public void Dispose()
    {
        Thread? ending;
        lock (gate)
        {
            isClosing = true;
            ending = writer;
            Monitor.Pulse(gate);
        }

        ending?.Join();
        file?.Dispose();
    }

    private void Begin()
    {
        lock (gate)
        {
            if (writer is null && !isClosing)
            {
                for (var place = 0; place < Places; place++)
                {
                    Clear(place);
                }

                writer = new Thread(Write) { IsBackground = true, Name = "quota leases" };
                writer.Start();
            }
        }
    }

    private void Write()
    {
        while (Take() is { } group)
        {
            Keep(group);
        }
    }

#pragma warning disable CA1031 // Whatever goes wrong, requests wait to be told.
    private void Keep(List<Request> group)
    {
        var kept = new IReadOnlyList<Lease>?[group.Count];
        Exception? failure = null;
        try
        {
            for (var i = 0; i < kept.Length; i++)
            {
                var wanted = group[i].Wanted();
                kept[i] = TryPut(group[i].AgreementId, wanted) ? wanted : null;
            }

            if (kept.Any(leases => leases is { Count: > 0 }))
            {
                file!.Flush();
            }
        }
        catch (Exception unkept)
        {
            failure = unkept;
        }

        for (var i = 0; i < kept.Length; i++)
        {
            group[i].Done(failure is null ? kept[i] : null, failure);
        }
    }
#pragma warning restore CA1031

    // Null: the service ends.
    private List<Request>? Take()
    {
        lock (gate)
        {
            while (waiting.Count == 0)
            {
                if (isClosing)
                {
                    return null;
                }

                Monitor.Wait(gate);
            }

            var group = waiting;
            waiting = [];
            return group;
        }
    }

    // All or none.
    private bool TryPut(string agreementId, IReadOnlyList<Lease> leases)
    {
        lock (gate)
        {
            foreach (var lease in leases)
            {
                if (Find(agreementId, lease.Counter) is null)
                {
                    return false;
                }
            }

            foreach (var lease in leases)
            {
                Put(places[(agreementId, lease.Counter)], lease);
            }

            return true;
        }
    }

    private Place? Find(string agreementId, string counter)
    {
        if (places.TryGetValue((agreementId, counter), out var known))
        {
            return known;
        }

        if (Head + Encoding.UTF8.GetByteCount(agreementId) + Encoding.UTF8.GetByteCount(counter) + (2 * sizeof(int)) > HalfBytes || !free.TryPop(out var number))
        {
            return null;
        }

        return places[(agreementId, counter)] = new Place(number, agreementId, counter);
    }

    private void Put(Place place, Lease lease)
    {
        (place.Kept, place.IsInTable) = (lease, false);
        Span<byte> half = stackalloc byte[HalfBytes];
        half.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(half[8..], ++place.Writings);
        BinaryPrimitives.WriteInt64LittleEndian(half[16..], lease.Period);
        BinaryPrimitives.WriteInt64LittleEndian(half[24..], lease.Until);
        var length = Head;
        foreach (var text in (ReadOnlySpan<string>)[place.Agreement, place.Counter])
        {
            var bytes = Encoding.UTF8.GetBytes(text, half[(length + sizeof(int))..]);
            BinaryPrimitives.WriteInt32LittleEndian(half[length..], bytes);
            length += sizeof(int) + bytes;
        }

        BinaryPrimitives.WriteInt32LittleEndian(half[4..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(half, Checksum(half[4..length]));
        file!.Write((place.Number * PlaceBytes) + ((int)(place.Writings & 1) * HalfBytes), half);
    }

    // Through the mapping: this follows a commit, on the database's own thread, where nothing may be refused.
    private void Clear(int place)
    {
        Span<byte> nothing = stackalloc byte[PlaceBytes];
        nothing.Clear();
        file!.Memory.WriteSpan((ulong)(place * PlaceBytes), (ReadOnlySpan<byte>)nothing);
    }

    // The later of its two halves that are whole.
    private (string Agreement, Lease Lease)? Read(int place)
    {
        (string Agreement, Lease Lease)? found = null;
        var latest = 0L;
        Span<byte> half = stackalloc byte[HalfBytes];
        for (var i = 0; i < 2; i++)
        {
            file!.Read((place * PlaceBytes) + (i * HalfBytes), half);
            var length = BinaryPrimitives.ReadInt32LittleEndian(half[4..]);
            var number = BinaryPrimitives.ReadInt64LittleEndian(half[8..]);
            if (length is > Head and <= HalfBytes && number > latest && BinaryPrimitives.ReadUInt32LittleEndian(half) == Checksum(half[4..length]))
            {
                latest = number;
                var rest = (ReadOnlySpan<byte>)half[Head..length];
                var (agreement, counter) = (Text(ref rest), Text(ref rest));
                found = (agreement, new Lease(counter, BinaryPrimitives.ReadInt64LittleEndian(half[16..]), BinaryPrimitives.ReadInt64LittleEndian(half[24..])));
            }
        }

        return found;
    }

    private static string Text(ref ReadOnlySpan<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        var text = Encoding.UTF8.GetString(rest.Slice(sizeof(int), length));
        rest = rest[(sizeof(int) + length)..];
        return text;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var one in bytes)
        {
            sum = BitOperations.Crc32C(sum, one);
        }

        return sum;
    }

    private readonly record struct Request(string AgreementId, Func<IReadOnlyList<Lease>> Wanted, Action<IReadOnlyList<Lease>?, Exception?> Done);

    private sealed class Place(int number, string agreement, string counter)
    {
        public int Number => number;

        public string Agreement => agreement;

        public string Counter => counter;

        /// <summary>What was written last; null: nothing.</summary>
        public Lease? Kept { get; set; }

        public long Writings { get; set; }

        public bool IsInTable { get; set; }
    }
}
