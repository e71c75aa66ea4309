using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TrustedDataSpace.Scenarios;

/// <summary>What services log, in memory.</summary>
public sealed class CapturedLog
{
    private readonly ConcurrentQueue<LogLine> lines = new();

    /// <summary>All lines so far.</summary>
    public IReadOnlyList<LogLine> Lines => [.. lines];

    /// <summary>Where that service writes.</summary>
    public ILoggerProvider Of(string service) => new Provider(this, service);

    private sealed class Provider(CapturedLog log, string service) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Logger(log, service);

        public void Dispose()
        {
            // The lines outlive the service that wrote them.
        }
    }

    private sealed class Logger(CapturedLog log, string service) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.lines.Enqueue(new LogLine(service, logLevel, formatter(state, exception) + (exception is null ? "" : "\n" + exception)));
    }
}

/// <summary>One line of a log.</summary>
/// <param name="Service">Who wrote it.</param>
/// <param name="Level">How serious it is.</param>
/// <param name="Text">With the exception, if there is one.</param>
public sealed record LogLine(string Service, LogLevel Level, string Text);
