using Dapper;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// The embedded database of one service: many readers, one writer. Every change is a command, a synchronous function over a
/// <see cref="UnitOfWork"/>, so no network call can ever be awaited inside a transaction. Commands that wait at the same time
/// share one durable commit (group commit); each keeps its own savepoint, so a refused command leaves nothing behind.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Stands for every commit; no thing is called so.</summary>
    private const string AnyChange = "";

    private readonly CommandQueue<Command> queue = new();
    private readonly string space;
    private readonly TimeProvider clock;
    private readonly int groupLimit;
    private readonly CachingConnection writer;
    private readonly ReadConnections readers;
    private readonly FolderLock folderLock;
    private readonly ChangeWaits waits = new();
    private readonly Task writing;
    private volatile bool groupWasLost;
    private readonly AsyncLocal<Surrounding?> surrounding = new();

    /// <summary>Opens (or makes) <c>tds.sqlite</c> in the folder and brings its schema forward.</summary>
    /// <exception cref="InvalidOperationException">The folder or the database cannot be used, a restore was broken off, or the schema is newer than this program.</exception>
    public Database(StorageOptions options, string space, TimeProvider clock, IEnumerable<SchemaComponent> components)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.space = space;
        this.clock = clock;
        groupLimit = options.GroupCommitLimit;
        var folder = MakeFolder(options.Folder);
        folderLock = FolderLock.Take(folder);
        var file = Path.Combine(folder, "tds.sqlite");
        if (File.Exists(Path.Combine(folder, DataBackup.UnfinishedFile)))
        {
            folderLock.Dispose();
            throw new InvalidOperationException($"A restore into {folder} was broken off ({DataBackup.UnfinishedFile} is there). Empty the folder and restore again.");
        }

        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            ForeignKeys = true,
            DefaultTimeout = 5,
            Pooling = false,
        }.ToString();
        writer = new CachingConnection(connectionString);
        readers = new ReadConnections(connectionString);
        try
        {
            writer.Open();

            // FULL: a commit that was acknowledged survives the loss of power (DESIGN §3 rule 5).
            writer.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            Schema.Migrate(writer, components, clock);
        }
        catch (Exception failure)
        {
            writer.Dispose();
            folderLock.Dispose();
            if (failure is not SqliteException lost)
            {
                throw;
            }

            throw new InvalidOperationException($"The database {file} cannot be used: {StorageFailure.Describe(lost)}", failure);
        }

        writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Runs a command in its own unit of work; completes when it is durable.</summary>
    public Task<T> WriteAsync<T>(Func<UnitOfWork, T> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        T result = default!;
        var around = surrounding.Value;
        var queued = queue.TryAdd(new Command(
            around is null ? unit => result = command(unit) : unit => around.Run(unit, () => result = command(unit)),
            () => done.SetResult(result),
            error => done.SetException(error)));
        if (!queued)
        {
            done.SetException(new ObjectDisposedException(nameof(Database)));
        }

        return done.Task;
    }

    /// <summary>Runs a command that returns nothing.</summary>
    public Task WriteAsync(Action<UnitOfWork> command) => WriteAsync<object?>(unit =>
    {
        command(unit);
        return null;
    });

    /// <summary>
    /// From now on until the result is disposed, every command that this flow of control begins runs inside <paramref name="around"/>, in
    /// its unit of work: what is written there commits with the command or not at all, and a refusal there is one of the command.
    /// </summary>
    /// <param name="around">Is given the unit of work and the command, which it must run.</param>
    public IDisposable Surround(Action<UnitOfWork, Action> around)
    {
        var outer = surrounding.Value;
        return surrounding.Value = new Surrounding(outer, around, () => surrounding.Value = outer);
    }

    /// <summary>Reads the last committed state. The connection refuses writes.</summary>
    public T Read<T>(Func<SqliteConnection, T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return readers.Use(query);
    }

    /// <summary>Waits until the condition over committed state holds: looked at now and after each commit, not on a timer.</summary>
    /// <returns>False when the time was over first.</returns>
    public Task<bool> WaitUntilAsync(Func<bool> condition, TimeSpan longest, CancellationToken cancellation) => WaitUntilAsync(AnyChange, condition, longest, cancellation);

    /// <summary>The same for a condition over one thing: looked at only when a unit of work has changed that (<see cref="UnitOfWork.Changed"/>).</summary>
    /// <param name="key">Names the thing.</param>
    /// <param name="condition">Over the committed state.</param>
    /// <param name="longest">Longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was over first.</returns>
    public async Task<bool> WaitUntilAsync(string key, Func<bool> condition, TimeSpan longest, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(condition);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(longest);
        while (true)
        {
            var next = waits.Join(key);
            try
            {
                if (condition())
                {
                    return true;
                }

                await next.Changed.Task.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return condition();
            }
            finally
            {
                waits.Leave(key, next);
            }
        }
    }

    /// <summary>Whether changes are kept. Costs nothing until a group is lost; then it is tried.</summary>
    public async Task<bool> IsWritableAsync()
    {
        if (!groupWasLost)
        {
            return true;
        }

        try
        {
            // A value that nothing else uses, and another one each time: SQLite writes no page that stays as it is.
            await WriteAsync(unit => unit.Execute($"PRAGMA user_version = {1 - unit.Find<long>("PRAGMA user_version")}"));
            groupWasLost = false;
            return true;
        }
        catch (InvalidOperationException failure) when (failure.InnerException is SqliteException)
        {
            return false;
        }
    }

    /// <summary>Finishes the queued commands, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Close();
        await writing;
        readers.Dispose();
        await writer.DisposeAsync();
        folderLock.Dispose();
    }

    private static string MakeFolder(string folder)
    {
        try
        {
            return PrivateFolder.Make(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The data folder {Path.GetFullPath(folder)} (Storage:Folder) cannot be made: {failure.Message}", failure);
        }
    }

    private void Write()
    {
        var group = new List<Command>();
        while (queue.Take(group, groupLimit))
        {
            Commit(group);
        }
    }

    // A storage that fails (full disk, lost file) fails every command of the group: nobody is told that lost work was kept.
    private void Commit(List<Command> group)
    {
        var finished = new List<(Command Command, UnitOfWork? Unit, Exception? Error)>(group.Count);
        try
        {
            writer.Run("BEGIN IMMEDIATE");
            foreach (var command in group)
            {
                finished.Add(RunInSavepoint(command));
            }

            writer.Run("COMMIT");
        }
        catch (SqliteException failure)
        {
            finished.ForEach(one => one.Unit?.Lost());
            Abandon(group, failure);
            return;
        }

        // Before anybody is told: who reads the committed state must not find memory behind it.
        foreach (var (_, unit, _) in finished)
        {
            unit?.Committed();
        }

        waits.Wake(AnyChange);
        foreach (var (command, _, error) in finished)
        {
            if (error is null)
            {
                command.Succeed();
            }
            else
            {
                command.Fail(error);
            }
        }
    }

#pragma warning disable CA1031 // The command's failure is handed to whoever awaits it; the group must go on.
    private (Command Command, UnitOfWork? Unit, Exception? Error) RunInSavepoint(Command command)
    {
        writer.Run("SAVEPOINT command");
        var unit = new UnitOfWork(writer, space, clock.GetUtcNow(), waits);
        try
        {
            command.Run(unit);
            writer.Run("RELEASE command");
            return (command, unit, null);
        }
        catch (Exception error)
        {
            unit.Lost();
            if (error is SqliteException failure && StorageFailure.Is(failure))
            {
                throw;
            }

            writer.Run("ROLLBACK TO command");
            writer.Run("RELEASE command");
            return (command, null, error);
        }
    }
#pragma warning restore CA1031

    private void Abandon(List<Command> group, SqliteException failure)
    {
        groupWasLost = true;
        try
        {
            writer.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself; there is no transaction left to end.
        }

        foreach (var command in group)
        {
            command.Fail(new InvalidOperationException($"The database did not commit: {StorageFailure.Describe(failure)}", failure));
        }
    }

    private sealed record Command(Action<UnitOfWork> Run, Action Succeed, Action<Exception> Fail);
}
