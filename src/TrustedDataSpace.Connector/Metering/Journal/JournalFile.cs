namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>
/// An append-only file of bounded size: two segments that are filled in turn, each again only when all of it has been taken over
/// elsewhere. Not safe for concurrent use.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    private readonly JournalSegment[] segments;
    private JournalSegment present;
    private int offset;
    private JournalPosition freed;

    /// <param name="folder">The data folder.</param>
    /// <param name="capacity">Bytes of each segment.</param>
    public JournalFile(string folder, int capacity)
    {
        segments = [new(Path.Combine(folder, "usage-journal.0"), capacity), new(Path.Combine(folder, "usage-journal.1"), capacity)];
        present = segments[0].Generation >= segments[1].Generation ? segments[0] : segments[1];
        if (present.Generation == 0)
        {
            present.Begin(1);
        }

        offset = JournalSegment.Start;
        while (present.Read(offset) is var (_, next))
        {
            offset = next;
        }
    }

    /// <summary>Where the next entry will begin.</summary>
    public JournalPosition End => new(present.Generation, offset);

    /// <summary>Appends; false when there is no room until more has been freed.</summary>
    public bool TryAppend(ReadOnlySpan<byte> entry)
    {
        if (present.Write(offset, entry) is > 0 and var next)
        {
            offset = next;
            return true;
        }

        var other = segments[0] == present ? segments[1] : segments[0];
        if (other.Generation > 0 && !IsFreed(other))
        {
            return false;
        }

        other.Begin(present.Generation + 1);
        (present, offset) = (other, JournalSegment.Start);
        offset = present.Write(offset, entry);
        return offset > 0 ? true : throw new InvalidOperationException("An entry is larger than a segment of the journal.");
    }

    /// <summary>
    /// What is appended from now on lies behind the position. A file that ends before it has lost its end (a loss of power, a folder that was
    /// restored without it): whatever it has was taken over, and what it would take there would pass for taken over, too.
    /// </summary>
    public void GoOnBehind(JournalPosition taken)
    {
        if (End < taken)
        {
            present = segments[0] == present ? segments[1] : segments[0];
            present.Begin(taken.Generation + 1);
            offset = JournalSegment.Start;
        }
    }

    /// <summary>All entries behind the position, each with where it ends.</summary>
    public IEnumerable<(byte[] Entry, JournalPosition End)> ReadAfter(JournalPosition position)
    {
        foreach (var segment in segments.Where(segment => segment.Generation > 0 && segment.Generation >= position.Generation).OrderBy(segment => segment.Generation))
        {
            var at = segment.Generation == position.Generation ? (int)position.Offset : JournalSegment.Start;
            while (segment.Read(at) is var (entry, next))
            {
                at = next;
                yield return (entry, new JournalPosition(segment.Generation, at));
            }
        }
    }

    /// <summary>Everything up to there has been taken over and is not needed any longer.</summary>
    public void Free(JournalPosition position) => freed = position > freed ? position : freed;

    public void Dispose()
    {
        foreach (var segment in segments)
        {
            segment.Dispose();
        }
    }

    // Taken over up to some place of a later generation, or up to its own last entry.
    private bool IsFreed(JournalSegment segment) =>
        freed.Generation > segment.Generation || (freed.Generation == segment.Generation && segment.Read((int)freed.Offset) is null);
}
