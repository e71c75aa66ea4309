using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using TrustedDataSpace.Protocol.Metering;

namespace TrustedDataSpace.Connector.Metering;

/// <summary>
/// Settled uses of one flow and interval as bytes: a byte for the version; then for each its sequence, rows and bytes (little-endian), a byte
/// for the outcome, its purpose and the consumer's id of the request, each as a byte for its length and UTF-8.
/// </summary>
internal static class LeafPage
{
    /// <summary>Longest text of a leaf, bytes.</summary>
    public const int LongestText = byte.MaxValue;

    private const byte Version = 1;

    private static readonly string[] Outcomes = [UsageOutcomes.Ok, UsageOutcomes.Miss, UsageOutcomes.Error];

    /// <summary>Whether a use can stand in a page: one that is nothing out of the ordinary.</summary>
    public static bool Fits(UsageTicket ticket, Delivered delivered) =>
        ticket.Claim.IdempotencyKey is null
        && delivered.Tokens is null
        && Array.IndexOf(Outcomes, delivered.Outcome) >= 0
        && Encoding.UTF8.GetByteCount(ticket.Claim.Purpose) <= LongestText
        && (ticket.Claim.Request is null || Encoding.UTF8.GetByteCount(ticket.Claim.Request) <= LongestText);

    /// <summary>Writes a page.</summary>
    public static byte[] Write(IReadOnlyCollection<(UsageTicket Ticket, Delivered Delivered)> uses)
    {
        var writer = new ArrayBufferWriter<byte>(64 * uses.Count);
        Put(writer, Version);
        foreach (var (ticket, delivered) in uses)
        {
            var numbers = writer.GetSpan(3 * sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(numbers, ticket.Sequence);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[sizeof(long)..], delivered.Rows);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[(2 * sizeof(long))..], delivered.Bytes);
            writer.Advance(3 * sizeof(long));
            Put(writer, (byte)Array.IndexOf(Outcomes, delivered.Outcome));
            Put(writer, ticket.Claim.Purpose);
            Put(writer, ticket.Claim.Request ?? "");
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="withRequests">Whether the consumer's ids are wanted: a text for each leaf.</param>
    /// <exception cref="InvalidDataException">It is none of this version.</exception>
    public static IEnumerable<PagedLeaf> Read(byte[] page, bool withRequests = true)
    {
        if (page.Length == 0 || page[0] != Version)
        {
            throw new InvalidDataException("A page of uses is not of a version that this program knows.");
        }

        // Most leaves of a page have the same purpose as the one before.
        var (at, purpose) = (1, "");
        while (at < page.Length)
        {
            yield return ReadLeaf(page, withRequests, ref at, ref purpose);
        }
    }

    private static PagedLeaf ReadLeaf(byte[] page, bool withRequests, ref int at, ref string purpose)
    {
        try
        {
            var numbers = page.AsSpan(at, 3 * sizeof(long));
            at += 3 * sizeof(long);
            var outcome = Outcomes[page[at++]];
            var text = Text(page, ref at);
            if (!Ascii.Equals(text, purpose))
            {
                purpose = Encoding.UTF8.GetString(text);
            }

            var request = Text(page, ref at);
            return new PagedLeaf(
                BinaryPrimitives.ReadInt64LittleEndian(numbers),
                BinaryPrimitives.ReadInt64LittleEndian(numbers[sizeof(long)..]),
                BinaryPrimitives.ReadInt64LittleEndian(numbers[(2 * sizeof(long))..]),
                outcome,
                purpose,
                request.IsEmpty || !withRequests ? null : Encoding.UTF8.GetString(request));
        }
        catch (Exception failure) when (failure is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("A page of uses ends in the middle of one.", failure);
        }
    }

    private static ReadOnlySpan<byte> Text(byte[] page, ref int at)
    {
        var text = page.AsSpan(at + 1, page[at]);
        at += 1 + text.Length;
        return text;
    }

    private static void Put(ArrayBufferWriter<byte> writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    private static void Put(ArrayBufferWriter<byte> writer, string text)
    {
        var span = writer.GetSpan(1 + LongestText);
        var length = Encoding.UTF8.GetBytes(text, span[1..]);
        span[0] = (byte)length;
        writer.Advance(1 + length);
    }
}

/// <summary>A settled use in a page.</summary>
internal readonly record struct PagedLeaf(long Sequence, long Rows, long Bytes, string Outcome, string Purpose, string? Request, TokenCounts? Tokens = null);
