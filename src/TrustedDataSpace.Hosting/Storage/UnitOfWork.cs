using Dapper;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// One command's view of the database. State, outgoing messages and evidence written through it commit together or not at all.
/// Valid only inside the command.
/// </summary>
public sealed class UnitOfWork
{
    private List<Action>? afterCommit;
    private List<Action>? afterLoss;

    private readonly ChangeWaits waits;

    internal UnitOfWork(SqliteConnection connection, string space, DateTimeOffset now, ChangeWaits waits)
    {
        this.waits = waits;
        Connection = connection;
        Space = space;
        Now = now;
    }

    /// <summary>The space this service belongs to: first column of every primary key.</summary>
    public string Space { get; }

    /// <summary>The service's clock when the command began.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>What the command made or changed; null: nothing that must not happen twice.</summary>
    public string? Subject { get; private set; }

    internal SqliteConnection Connection { get; }

    /// <summary>
    /// Notes what the command makes or changes, so that a request with an idempotency key is known to have done it. Evidence notes it by
    /// itself; a command without evidence must. The first one named counts.
    /// </summary>
    public void Concerns(string subject) => Subject ??= subject;

    /// <summary>Executes SQL; returns the number of changed rows.</summary>
    public int Execute(string sql, object? parameters = null) => Connection.Execute(sql, parameters);

    /// <summary>All rows.</summary>
    public List<T> Query<T>(string sql, object? parameters = null) => Connection.Query<T>(sql, parameters).AsList();

    /// <summary>The row, or null.</summary>
    public T? Find<T>(string sql, object? parameters = null) => Connection.QuerySingleOrDefault<T>(sql, parameters);

    /// <summary>Runs once the command is durable; never when it is not. Must be quick and must not throw: wake a worker, no more.</summary>
    public void OnCommitted(Action action) => (afterCommit ??= []).Add(action);

    /// <summary>Runs when the command turns out not to be kept: it failed, or its group was lost. As quick, and as sure not to throw.</summary>
    public void OnLost(Action action) => (afterLoss ??= []).Add(action);

    /// <summary>Notes that the thing has changed: whoever waits for it looks again once this is durable.</summary>
    public void Changed(string key) => OnCommitted(() => waits.Wake(key));

    internal void Committed() => afterCommit?.ForEach(action => action());

    internal void Lost() => afterLoss?.ForEach(action => action());
}
