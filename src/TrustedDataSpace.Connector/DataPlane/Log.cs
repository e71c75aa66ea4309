namespace TrustedDataSpace.Connector.DataPlane;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "An answer under way in flow {Flow} could not be looked at, and is cut")]
    public static partial void NotLookedAt(this ILogger logger, string flow, Exception failure);
}
