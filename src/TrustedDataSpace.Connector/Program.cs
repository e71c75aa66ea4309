using TrustedDataSpace.Connector;
using TrustedDataSpace.Hosting;
using TrustedDataSpace.Hosting.Configuration;

return await ServiceHost.RunAsync(() => ConnectorHost.Build(SettingsLoader.Load<ConnectorSettings>(args)));
