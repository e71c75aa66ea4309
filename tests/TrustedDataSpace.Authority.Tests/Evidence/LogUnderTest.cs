using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TrustedDataSpace.Authority.Evidence;
using TrustedDataSpace.Hosting.Configuration;
using TrustedDataSpace.Hosting.Keys;
using TrustedDataSpace.Hosting.Storage;
using TrustedDataSpace.Protocol.Evidence;
using TrustedDataSpace.Testing;

namespace TrustedDataSpace.Authority.Tests.Evidence;

/// <summary>The log with its real storage, without the rest of the authority.</summary>
internal sealed class LogUnderTest : IAsyncDisposable
{
    private const string Space = "space";

    private LogUnderTest(TempFolder folder)
    {
        var settings = new AuthoritySettings
        {
            Space = new SpaceOptions { Id = Space },
            Participant = new ParticipantOptions { Id = "did:web:authority.example" },
            Storage = new StorageOptions { Folder = folder["data"] },
        };
        Database = OpenDatabase(folder);
        Keys = new KeyStore(Database, settings);
        Files = new LogFiles(settings);
        Log = new EvidenceLog(Files, new LogHold(settings), new LogCopies(Keys), Keys, settings);
        Publisher = new LogPublisher(Database, Log, Files, Keys, settings, NullLogger<LogPublisher>.Instance);
        Reader = new LogReader(Database, Files, Publisher, settings);
    }

    public Database Database { get; }

    public KeyStore Keys { get; }

    public LogFiles Files { get; }

    public EvidenceLog Log { get; }

    public LogPublisher Publisher { get; }

    public LogReader Reader { get; }

    public static Database OpenDatabase(TempFolder folder) => new(
        new StorageOptions { Folder = folder["data"] }, Space, TimeProvider.System, [new SchemaComponent("hosting", typeof(Database).Assembly), new SchemaComponent("authority", typeof(AuthorityHost).Assembly)]);

    public static async Task<LogUnderTest> StartAsync(TempFolder folder)
    {
        var log = new LogUnderTest(folder);
        try
        {
            await log.Publisher.StartAsync(CancellationToken.None);
            return log;
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    public static byte[] Content(int number) => Encoding.UTF8.GetBytes($"{{\"number\":{number}}}");

    /// <summary>Appends entries in one commit; waits for the checkpoint over them.</summary>
    public async Task<CheckpointRow> AppendAsync(int from, int count)
    {
        var leaves = Enumerable.Range(from, count).Select(Leaf).ToList();
        var (first, logged) = await Database.WriteAsync(unit => Log.Append(unit, leaves));
        await Publisher.WaitAsync(first + logged, CancellationToken.None);
        return Publisher.Latest;
    }

    public static LogLeaf Leaf(int number) => new($"{number}", BitConverter.GetBytes(number), Content(number), MerkleTree.LeafHash(Content(number)));

    public async ValueTask DisposeAsync()
    {
        await Publisher.StopAsync(CancellationToken.None);
        Publisher.Dispose();
        Keys.Dispose();
        await Database.DisposeAsync();
    }
}
