namespace TrustedDataSpace.Connector.Metering.Journal;

/// <summary>A place in the journal: behind an entry. Later places compare greater.</summary>
/// <param name="Generation">Which filling of a segment; each one is the generation before plus one.</param>
/// <param name="Offset">Bytes from the start of the segment.</param>
internal readonly record struct JournalPosition(long Generation, long Offset) : IComparable<JournalPosition>
{
    public int CompareTo(JournalPosition other) => (Generation, Offset).CompareTo((other.Generation, other.Offset));

    public static bool operator <(JournalPosition left, JournalPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(JournalPosition left, JournalPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(JournalPosition left, JournalPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(JournalPosition left, JournalPosition right) => left.CompareTo(right) >= 0;
}
