app.listen(1234)
