client.login(process.env.TOKEN)
