using Microsoft.Extensions.Logging;
using TrustedDataSpace.Protocol.Errors;

namespace TrustedDataSpace.Hosting.Errors;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} {Path} refused ({Code}): {Reason}")]
    public static partial void Refused(this ILogger logger, string method, string path, RefusalCode code, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed, trace {Trace}")]
    public static partial void Failed(this ILogger logger, string method, string path, string trace, Exception exception);
}
