using System.Collections.Concurrent;
using Dapper;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>Open connections that refuse writes, with what they have compiled: opening one for each read costs more than most reads.</summary>
internal sealed class ReadConnections(string connectionString) : IDisposable
{
    // As many as read at a time on a busy machine; each holds a cache of up to 2 MB.
    private const int MostKept = 16;

    private readonly ConcurrentBag<CachingConnection> idle = [];
    private int kept;
    private volatile bool closed;

    /// <summary>Lends a connection to the query.</summary>
    public T Use<T>(Func<CachingConnection, T> query)
    {
        var connection = Take();
        T result;
        try
        {
            result = query(connection);
        }
        catch
        {
            // Whatever the failure has left open in it is not for the next.
            connection.Dispose();
            throw;
        }

        Give(connection);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        closed = true;
        while (idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    private CachingConnection Take()
    {
        if (idle.TryTake(out var known))
        {
            Interlocked.Decrement(ref kept);
            return known;
        }

        var connection = new CachingConnection(connectionString);
        try
        {
            connection.Open();
            connection.Execute("PRAGMA query_only=1");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Give(CachingConnection connection)
    {
        if (closed || Interlocked.Increment(ref kept) > MostKept)
        {
            Interlocked.Decrement(ref kept);
            connection.Dispose();
            return;
        }

        idle.Add(connection);
        if (closed)
        {
            Dispose();
        }
    }
}
