using System.Globalization;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Authority;

namespace TrustedDataSpace.Authority.Evidence;

/// <summary>
/// The authority's own entries for its witnesses to keep, who hand them back after its disk was lost. Sealed under the master key, because entries are for
/// the operator: a member keeps what it cannot read. A box opens for its log and place only.
/// </summary>
internal sealed class LogCopies(KeyStore keys)
{
    // As long as members keep them; a backup that is older than this is not brought up to date.
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>Keeps the copy of an entry that is added.</summary>
    public void Add(UnitOfWork unit, string origin, long index, byte[] entry) => unit.Execute(
        "INSERT INTO log_own (space_id, idx, box, added_at) VALUES (@Space, @index, @Box, @Now)",
        new { unit.Space, index, Box = keys.Seal(entry, Context(origin, index)), Now = unit.Now.ToUnixTimeMilliseconds() });

    /// <summary>Removes those whose time is over.</summary>
    public static void Sweep(UnitOfWork unit) => unit.Execute(
        "DELETE FROM log_own WHERE space_id = @Space AND added_at < @Before", new { unit.Space, Before = (unit.Now - KeptFor).ToUnixTimeMilliseconds() });

    /// <summary>The entry in a box.</summary>
    /// <exception cref="InvalidOperationException">It was not made here, for that place.</exception>
    public byte[] Open(string origin, SealedEntry copy) => keys.Open(copy.Box, Context(origin, copy.Index));

    private static string Context(string origin, long index) => string.Create(CultureInfo.InvariantCulture, $"log entry {index} of {origin}");
}
