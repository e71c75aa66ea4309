using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Cli.Space;

/// <summary>Writes warnings and worse of one hosted service to its file, so that they never stand between the lines of a demonstration.</summary>
/// <param name="file">Made when there is something to write.</param>
internal sealed class FileLog(string file) : ILoggerProvider
{
    private readonly Lock gate = new();
    private StreamWriter? writer;
    private bool closed;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            writer?.Dispose();
        }
    }

    private void Write(string line)
    {
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            writer ??= new StreamWriter(file, append: true) { AutoFlush = true };
            writer.WriteLine(line);
        }
    }

    private sealed class Category(FileLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var time = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
                log.Write($"{time} {logLevel} {name}: {formatter(state, exception)}{(exception is null ? "" : Environment.NewLine + exception)}");
            }
        }
    }
}
