const express = require('express')
express().listen(3000)
express().listen(9090)
