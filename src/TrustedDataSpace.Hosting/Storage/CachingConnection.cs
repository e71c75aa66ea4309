using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace TrustedDataSpace.Hosting.Storage;

/// <summary>
/// A connection that keeps what it has compiled: a service runs a few hundred different statements, each over and over, and compiling
/// one costs more than running it. Like every connection, for one thread at a time.
/// </summary>
internal sealed class CachingConnection(string connectionString) : SqliteConnection(connectionString)
{
    // More than a service has; texts that are made of values must not fill the memory.
    private const int MostKept = 512;

    private readonly Dictionary<string, SqliteCommand> idle = [];

    /// <summary>The statements that are kept now. Like all of it, for whoever has the connection.</summary>
    public IReadOnlyCollection<string> Kept => idle.Keys;

    /// <summary>The compiled command of that text, or a new one.</summary>
    public SqliteCommand Take(string text)
    {
        if (idle.Remove(text, out var kept))
        {
            kept.Transaction = Transaction;
            return kept;
        }

        var made = CreateCommand();
        made.CommandText = text;
        return made;
    }

    /// <summary>The command is free again.</summary>
    public void Give(SqliteCommand command)
    {
        command.Parameters.Clear();

        if (idle.Count >= MostKept)
        {
            Forget();
        }

        // Asked for twice at a time (a statement inside the reading of the same one): one is enough to keep.
        if (!idle.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    /// <summary>Runs a statement without parameters and rows, such as the four around each command: without the way through what maps objects.</summary>
    public void Run(string text)
    {
        var command = Take(text);
        try
        {
            command.ExecuteNonQuery();
        }
        catch
        {
            command.Dispose();
            throw;
        }

        Give(command);
    }

    protected override DbCommand CreateDbCommand() => new CachedCommand(this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Forget();
        }

        base.Dispose(disposing);
    }

    private void Forget()
    {
        foreach (var command in idle.Values)
        {
            command.Dispose();
        }

        idle.Clear();
    }

    /// <summary>Stands for a command until its text is known, and gives the compiled one back in place of disposing of it.</summary>
    private sealed class CachedCommand(CachingConnection owner) : DbCommand
    {
        private SqliteCommand? inner;
        private bool notToKeep;

        [System.Diagnostics.CodeAnalysis.AllowNull]
        public override string CommandText
        {
            get => inner?.CommandText ?? "";
            set
            {
                if (inner?.CommandText == value)
                {
                    return;
                }

                // Changed when parameters are there already: a list (IN @names) is spelled out. They stay. The text, one for each length of a
                // list, is not worth a place among those that are kept.
                var changed = owner.Take(value ?? "");
                var spelledOut = inner is { Parameters.Count: > 0 };
                if (spelledOut)
                {
                    changed.Parameters.AddRange(inner!.Parameters.Cast<SqliteParameter>());
                }

                Release();
                (inner, notToKeep) = (changed, spelledOut);
            }
        }

        public override int CommandTimeout
        {
            get => Inner.CommandTimeout;
            set => Inner.CommandTimeout = value;
        }

        public override CommandType CommandType
        {
            get => CommandType.Text;
            set => Inner.CommandType = value;
        }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection
        {
            get => owner;
            set
            {
                // It belongs to the connection that made it.
            }
        }

        protected override DbParameterCollection DbParameterCollection => Inner.Parameters;

        protected override DbTransaction? DbTransaction
        {
            get => owner.Transaction;
            set
            {
                // It is that of the connection, which has no more than one.
            }
        }

        private SqliteCommand Inner => inner ?? throw new InvalidOperationException("The command has no text yet.");

        public override void Cancel() => Inner.Cancel();

        public override void Prepare() => Inner.Prepare();

        public override int ExecuteNonQuery() => Run(command => command.ExecuteNonQuery());

        public override object? ExecuteScalar() => Run(command => command.ExecuteScalar());

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Run(command => command.ExecuteReader(behavior));

        protected override DbParameter CreateDbParameter() => Inner.CreateParameter();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Release();
            }

            base.Dispose(disposing);
        }

        private T Run<T>(Func<SqliteCommand, T> run)
        {
            try
            {
                return run(Inner);
            }
            catch
            {
                // Compiled anew next time, whatever state the error has left it in.
                notToKeep = true;
                throw;
            }
        }

        private void Release()
        {
            if (inner is null)
            {
                return;
            }

            if (notToKeep)
            {
                inner.Dispose();
            }
            else
            {
                owner.Give(inner);
            }

            (inner, notToKeep) = (null, false);
        }
    }
}
